/**
 * Judges records: text in, canonical PostgreSQL text out, or the reasons why not. Pure, and the same code for a validation
 * and an import. Explicit, without silent coercion: what does not fit is an issue.
 */
import type { IssueCode, IssueParams, IssueSeverity } from '../core/issue.ts';
import type { ImportMode } from '../core/job.ts';
import type { SourceValue } from '../core/source-value.ts';
import type { Collection, ColumnFacts, Field } from './collection.ts';
import { createFieldJudge, type FieldJudge } from './judge/field-judge.ts';
import { createRecordCheck } from './judge/record-check.ts';
import { acceptedText, isRemarked, type Refusal } from './judge/value-reader.ts';
import { createKeyReader } from './record-key.ts';

/**
 * Told of each finding. `fieldPosition` is the position in `JudgeOptions.fields`, -1 for the record as a whole; `value` is
 * the text of the source, absent for sensitive fields; `sourceField` is given where the field is none of the collection's.
 */
export type OnIssue = (
  fieldPosition: number,
  code: IssueCode,
  params: IssueParams,
  value: string | undefined,
  severity: IssueSeverity,
  sourceField?: string,
) => void;

/** A judged value: canonical text, null, or undefined where the record does not have it. */
export type JudgedValue = string | null | undefined;

export interface JudgeOptions {
  readonly collection: Collection;
  /** What is known about the columns; fields without facts are judged by the schema alone. */
  readonly facts: readonly ColumnFacts[];
  /** Names of the collection's fields, in the order of the values. */
  readonly fields: readonly string[];
  /** Decides whether required fields may be absent (update), or only the key counts (delete). Default: upsert. */
  readonly mode?: ImportMode;
  /** True for JSON formats, where a text is a JSON string and null is no empty field. Default false. */
  readonly isJsonSource?: boolean;
}

export interface Judge {
  /**
   * Judges one record, field by field; all findings are told, not only the first. `out` gets the canonical values by
   * position (undefined for refused ones) and is as long as `fields` afterwards.
   * @returns true when the record is accepted
   */
  readonly record: (values: readonly SourceValue[], out: JudgedValue[], onIssue: OnIssue) => boolean;
  /** The key as one text, equal for equal keys; undefined where a key field is missing or refused, or there is no key. */
  readonly keyOf: (values: readonly SourceValue[]) => string | undefined;
  /** The same from the values that `record` gave out. */
  readonly keyOfJudged: (out: readonly JudgedValue[]) => string | undefined;
  /** The canonical text of one value; undefined where it is missing, null or refused. */
  readonly valueOf: (values: readonly SourceValue[], position: number) => string | undefined;
  /** The key as the record's issues have it. */
  readonly issueKeyOf: (values: readonly SourceValue[]) => readonly string[] | undefined;
}

/** @throws Error when `fields` names a field that the collection does not have, or names one twice */
export function createJudge(options: JudgeOptions): Judge {
  const { collection, mode = 'upsert' } = options;
  const fields = pickFields(options);
  const judges = fields.map((field) => createJudgeOf(field, options));
  // A delete needs no more of a record than its key.
  const isJudged = fields.map((field) => mode !== 'delete' || collection.key.includes(field.name));
  const isSensitive = fields.map((field) => field.rules.sensitive === true);
  const checkRecord =
    mode === 'delete' ? undefined : createRecordCheck(collection.recordSchema, fields, options.facts);

  function record(values: readonly SourceValue[], out: JudgedValue[], onIssue: OnIssue): boolean {
    let isAccepted = true;
    out.length = judges.length;
    for (let position = 0; position < judges.length; position++) {
      const verdict = isJudged[position] ? judges[position]?.judge(values[position]) : undefined;
      if (typeof verdict === 'object' && verdict !== null) {
        const isTaken = isRemarked(verdict);
        if (!isTaken) isAccepted = false;
        out[position] = isTaken ? verdict.value : undefined;
        const value = isSensitive[position] ? undefined : sourceText(values[position]);
        onIssue(position, verdict.code, verdict.params, value, isTaken ? 'warning' : 'error');
      } else {
        out[position] = verdict;
      }
    }
    if (!isAccepted || checkRecord === undefined) return isAccepted;
    return reportRecord(checkRecord(out), onIssue);
  }

  const readIssueKey = createKeyReader(collection, options.fields);
  return {
    record,
    ...createKeyReaders(collection, fields, judges),
    valueOf: (values, position) => acceptedText(judges[position]?.judge(values[position])) ?? undefined,
    issueKeyOf: (values) =>
      readIssueKey((position) => acceptedText(judges[position]?.judge(values[position]))),
  };
}

function reportRecord(refused: Refusal | undefined, onIssue: OnIssue): boolean {
  if (refused !== undefined) onIssue(-1, refused.code, refused.params, undefined, 'error');
  return refused === undefined;
}

function sourceText(value: SourceValue): string | undefined {
  return typeof value === 'string' ? value : value?.text;
}

function pickFields({ collection, fields }: JudgeOptions): Field[] {
  const byName = new Map(collection.fields.map((field) => [field.name, field]));
  if (new Set(fields).size !== fields.length) throw new Error('a field is mapped twice');
  return fields.map((name) => {
    const field = byName.get(name);
    if (field === undefined) throw new Error(`collection ${collection.name} has no field "${name}"`);
    return field;
  });
}

function createJudgeOf(field: Field, options: JudgeOptions): FieldJudge {
  return createFieldJudge({
    field,
    facts: options.facts.find((facts) => facts.column === field.column),
    mode: options.mode ?? 'upsert',
    isKey: options.collection.key.includes(field.name),
    isJsonSource: options.isJsonSource ?? false,
  });
}

function createKeyReaders(
  { key }: Collection,
  fields: readonly Field[],
  judges: readonly FieldJudge[],
): Pick<Judge, 'keyOf' | 'keyOfJudged'> {
  const positions = key.map((name) => fields.findIndex((field) => field.name === name));
  if (positions.length === 0 || positions.includes(-1)) {
    return { keyOf: () => undefined, keyOfJudged: () => undefined };
  }
  const join = (valueAt: (position: number) => unknown): string | undefined => {
    let joined: string | undefined;
    for (const position of positions) {
      const value = valueAt(position);
      if (typeof value !== 'string') return undefined;
      const part = judges[position]?.toKey(value) ?? value;
      // No canonical text contains NUL, so the parts cannot run into each other.
      joined = joined === undefined ? part : `${joined}\0${part}`;
    }
    return joined;
  };
  return {
    keyOf: (values) => join((position) => acceptedText(judges[position]?.judge(values[position]))),
    keyOfJudged: (out) => join((position) => out[position]),
  };
}
