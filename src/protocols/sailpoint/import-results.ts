/** The results of an import, or of its preview, made while they are sent: per type what was found, and what was imported. */

import { amountOf } from '../../core/amount.ts';
import { judgedRecords } from '../../core/counts.ts';
import { describeIssue, type Issue } from '../../core/issue.ts';
import type { Job } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { JobContent } from '../download.ts';
import type { WireRequest } from '../wire.ts';
import type { SailPointBinding } from './binding.ts';
import { factsOf, type LeftOut } from './facts.ts';
import { refuse } from './faults.ts';
import { type ObjectRef, refOf } from './object-ref.ts';

/** A finding about an object, in the protocol's form. */
interface Message {
  readonly key: string;
  readonly text: string;
  /** Objects of objects: typed clients of the vendor's read nothing else. Source: SP-SPEC `SpConfigMessage`. */
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** An object of the document with what was found about it. */
interface JudgedObject {
  readonly self: ObjectRef;
  readonly issues: readonly Issue[];
}

/** Makes some members of a list of the results from an object. */
type Listed = (object: JudgedObject) => readonly object[];

/** @throws Refusal where there are none, before the first piece */
export async function* composeImport(
  content: JobContent,
  binding: SailPointBinding,
  request: WireRequest,
): AsyncGenerator<string> {
  const { job } = content;
  const facts = factsOf(job);
  if (facts === undefined) throw refuse(request, 'notFound');
  for (const { part } of job.parts) {
    await open(content.sourceLines(part));
    await open(content.issues(part));
  }
  let separator = '{"results":{';
  for (const [part, type] of facts.types.entries()) {
    yield `${separator}${JSON.stringify(type)}:`;
    yield* resultsOfPart(content, binding, part);
    separator = ',';
  }
  for (const [type, left] of Object.entries(facts.leftOut)) {
    const lists = { infos: [], warnings: [leftOutMessage(type, left)], errors: [], importedObjects: [] };
    yield `${separator}${JSON.stringify(type)}:${JSON.stringify(lists)}`;
    separator = ',';
  }
  if (separator !== ',') yield separator;
  yield job.afterJob === undefined ? '}}' : `},"exportJobId":${JSON.stringify(job.afterJob)}}`;
}

async function* resultsOfPart(
  content: JobContent,
  binding: SailPointBinding,
  part: number,
): AsyncGenerator<string> {
  const { job } = content;
  const stoppedIn = job.parts.find(({ isComplete }) => !isComplete)?.part ?? 0;
  const isPreview = job.kind === 'validation';
  const all = (listed: Listed) => renderList(judgeObjects(content, binding, part), listed);
  const found = (severity: Issue['severity']) =>
    renderList(judgeObjects(content, binding, part, 'toLastIssue'), findings(severity));
  yield '{"infos":[';
  if (isPreview) yield* all(previewed);
  yield '],"warnings":[';
  yield* found('warning');
  yield '],"errors":[';
  yield* part === stoppedIn && job.failure !== undefined
    ? withFirst({ key: 'IMPORT_FAILED', text: job.failure.message, details: {} }, found('error'))
    : found('error');
  yield '],"importedObjects":[';
  if (!isPreview) yield* all(imported);
  yield ']}';
}

const WHY_LEFT_OUT: Readonly<Record<LeftOut['reason'], string>> = {
  not_configured: 'no collection stands behind this type',
  not_importable: 'objects of this type can only be exported',
};

function leftOutMessage(type: string, { reason, objects }: LeftOut): Message {
  return {
    key: `TYPE_${reason.toUpperCase()}`,
    text: `${amountOf(objects, 'object')} of the type ${type} left out: ${WHY_LEFT_OUT[reason]}.`,
    details: { object: { type }, issue: { objects } },
  };
}

/** So that what is gone shows before the answer begins. */
async function open(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces) return;
}

const previewed: Listed = (object) =>
  isRejected(object)
    ? []
    : [
        {
          key: 'IMPORT_PREVIEW',
          text: `Object to be imported: [${object.self.id}, ${object.self.name}]`,
          details: {},
        } satisfies Message,
      ];

const imported: Listed = (object) => (isRejected(object) ? [] : [object.self]);

function findings(severity: Issue['severity']): Listed {
  return ({ self, issues }) =>
    issues
      .filter((issue) => issue.severity === severity)
      .map(({ code, params, record, field, value }): Message => {
        const place = field === undefined ? '' : ` ${field}:`;
        return {
          key: code.replaceAll('.', '_').toUpperCase(),
          text: `[${self.id}, ${self.name}]${place} ${describeIssue({ code, params })}`,
          details: { object: { ...self }, issue: { record, ...omitUndefined({ field, value }) } },
        };
      });
}

function isRejected({ issues }: JudgedObject): boolean {
  return issues.some(({ severity }) => severity === 'error');
}

async function* renderList(objects: AsyncIterable<JudgedObject>, listed: Listed): AsyncGenerator<string> {
  let separator = '';
  for await (const object of objects) {
    for (const member of listed(object)) {
      yield separator + JSON.stringify(member);
      separator = ',';
    }
  }
}

async function* withFirst(first: Message, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield JSON.stringify(first);
  let separator = ',';
  for await (const piece of rest) {
    yield separator + piece;
    separator = '';
  }
}

/**
 * Those that the job has come to, in their order, or no more of them than have issues: these come in the order of their records.
 */
async function* judgeObjects(
  content: JobContent,
  { types }: SailPointBinding,
  part: number,
  extent: 'all' | 'toLastIssue' = 'all',
): AsyncGenerator<JudgedObject> {
  const { job } = content;
  const type = factsOf(job)?.types[part];
  const bound = type && types.get(type);
  if (bound === undefined) return;
  const processed = judgedRecords(job.parts[part] as Job['parts'][number]);
  const found = content.issues(part)[Symbol.asyncIterator]();
  try {
    let next = await found.next();
    let record = 0;
    for await (const line of content.sourceLines(part)) {
      record += 1;
      if (record > processed || (extent === 'toLastIssue' && next.done === true)) return;
      const issues: Issue[] = [];
      for (; next.done !== true && next.value.record <= record; next = await found.next()) {
        issues.push(next.value);
      }
      yield { self: refOf(type as string, bound, line), issues };
    }
  } finally {
    await found.return?.();
  }
}
