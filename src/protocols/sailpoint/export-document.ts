/** The document that an export leaves, made while it is sent. */
import type { JobContent } from '../download.ts';
import type { WireRequest } from '../wire.ts';
import type { SailPointBinding, TypeBinding } from './binding.ts';
import { factsOf } from './facts.ts';
import { refuse } from './faults.ts';
import { renderInstant } from './instants.ts';
import { refOf } from './object-ref.ts';
import { shapeOf } from './shapes.ts';

/** Of the document, and of each object in it. */
const VERSION = 1;

/** @throws Refusal where there is none, before the first piece */
export async function* composeExport(
  content: JobContent,
  binding: SailPointBinding,
  request: WireRequest,
): AsyncGenerator<string> {
  const { job, files } = content;
  const facts = factsOf(job);
  const isKept = job.parts.every(({ part }) =>
    files.some((file) => file.kind === 'result' && file.part === part && !file.isDeleted),
  );
  if (facts === undefined || !isKept) throw refuse(request, 'notFound');
  const head = {
    version: VERSION,
    timestamp: renderInstant(job.finishedAt ?? job.updatedAt),
    tenant: binding.tenant,
    ...descriptionOf(job.description, request),
    options: facts.options,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"objects":[`;
  let separator = '';
  for (const [part, type] of facts.types.entries()) {
    const bound = binding.types.get(type);
    if (bound === undefined) continue;
    for await (const line of content.resultLines(part)) {
      const self = JSON.stringify(refOf(type, bound, line));
      yield `${separator}{"version":${VERSION},"self":${self},"object":${objectText(bound, line)}}`;
      separator = ',';
    }
  }
  yield ']}';
}

/** A part of the record's own text, so that numbers have every figure. */
function objectText({ object }: TypeBinding, line: string): string {
  if (object === undefined) return line;
  // It is the last of the record's members, and in the texts before it quotes are escaped.
  const mark = `,${JSON.stringify(object)}:`;
  const text = line.slice(line.indexOf(mark) + mark.length, -1);
  return text === 'null' ? '{}' : text;
}

function descriptionOf(description: string | undefined, { basePath }: WireRequest): object {
  if (description !== undefined) return { description };
  return shapeOf(basePath).absent === 'null' ? { description: null } : {};
}
