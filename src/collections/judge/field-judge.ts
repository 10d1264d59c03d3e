import type { ImportMode } from '../../core/job.ts';
import type { CellText, SourceValue } from '../../core/source-value.ts';
import { type ColumnFacts, type EmptyRule, FIELD_TYPES, type Field } from '../collection.ts';
import { parseSqlType, type SqlType } from '../sql-type.ts';
import { createChecks } from './checks.ts';
import { createReader } from './create-reader.ts';
import {
  type Check,
  isRemarked,
  type ReaderContext,
  type Reading,
  type Refusal,
  refusal,
} from './value-reader.ts';

/** null: the value is null. undefined: the value is absent (keeps the old value, takes the default). */
export type Verdict = Reading | null | undefined;

export interface FieldJudge {
  readonly judge: (value: SourceValue) => Verdict;
  /** Equal texts for equal values. */
  readonly toKey: (canonical: string) => string;
}

export interface FieldJudgeOptions {
  readonly field: Field;
  readonly facts: ColumnFacts | undefined;
  readonly mode: ImportMode;
  readonly isKey: boolean;
  readonly isJsonSource: boolean;
}

const MISSING = refusal('field.missing');

/**
 * Compiles everything that is known about one field into one function. The order: trim, the `empty` rule, words for null,
 * the type, then the rules of schema and column.
 */
export function createFieldJudge(options: FieldJudgeOptions): FieldJudge {
  const { field, facts, isJsonSource } = options;
  const sqlType = parseSqlType(facts?.sqlType ?? FIELD_TYPES[field.type]);
  const context: ReaderContext = { field, facts, sqlType, isJsonSource };
  const reader = createReader(context);
  const check = joinChecks(createChecks(context, reader));
  const whenNull = isNullRefused(options) ? MISSING : null;
  const whenAbsent = isAbsenceRefused(options) ? MISSING : undefined;
  const finish = (reading: Reading): Verdict =>
    typeof reading === 'string' ? (check(reading) ?? reading) : checkRemarked(reading);
  const checkRemarked = (reading: Refusal): Verdict =>
    isRemarked(reading) ? (check(reading.value) ?? reading) : reading;
  const takesAnyText = field.type === 'text' || (field.type === 'json' && isJsonSource);
  const whenEmpty = judgeEmpty(emptyRuleOf(field, takesAnyText), whenNull, whenAbsent, () =>
    finish(reader.readText('')),
  );
  const whenSourceNull = isJsonNull(options, sqlType)
    ? finish('null')
    : isJsonSource || field.rules.empty === undefined
      ? whenNull
      : whenEmpty;
  const judgeText = createTextJudge(
    { rules: field.rules, isTrimmed: field.rules.trim ?? !takesAnyText },
    (text) => finish(reader.readText(text)),
    whenEmpty,
    whenNull,
  );
  const readMoment = reader.readMoment ?? reader.readText;
  const readCell = ({ kind, text }: CellText): Verdict => {
    if (kind === 'moment') return finish(readMoment(text));
    return kind === 'duration' ? finish(reader.readText(text)) : CELL_REFUSALS[kind];
  };
  return {
    toKey: reader.toKey,
    judge: (value) => {
      if (typeof value === 'string') return judgeText(value);
      if (value === null) return whenSourceNull;
      if (value === undefined) return whenAbsent;
      return isCellText(value) ? readCell(value) : finish(reader.readJson(value));
    },
  };
}

const CELL_REFUSALS = {
  error: refusal('cell.error'),
  uncalculated: refusal('cell.uncalculated'),
  undated: refusal('cell.undated'),
} as const;

function isCellText(value: Exclude<SourceValue, string | null | undefined>): value is CellText {
  return value.kind === 'moment' || value.kind === 'duration' || value.kind in CELL_REFUSALS;
}

function createTextJudge(
  { rules, isTrimmed }: { rules: Field['rules']; isTrimmed: boolean },
  read: (text: string) => Verdict,
  whenEmpty: Verdict,
  whenNull: Verdict,
): (text: string) => Verdict {
  const nullWords = rules.nullWords === undefined ? undefined : new Set(rules.nullWords);
  return (text) => {
    const trimmed = isTrimmed && hasOuterSpace(text) ? text.trim() : text;
    if (trimmed.length === 0) return whenEmpty;
    return nullWords?.has(trimmed) ? whenNull : read(trimmed);
  };
}

/** False for the usual text, whose ends are ASCII and visible; true may still mean that there is nothing to trim. */
function hasOuterSpace(text: string): boolean {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first <= 32 || last <= 32 || first >= 127 || last >= 127;
}

function judgeEmpty(
  rule: EmptyRule,
  whenNull: Verdict,
  whenAbsent: Verdict,
  readEmpty: () => Verdict,
): Verdict {
  if (rule === 'error') return MISSING;
  if (rule === 'text') return readEmpty();
  return rule === 'null' ? whenNull : whenAbsent;
}

/** @param takesAnyText a text field, or the JSON value of a JSON source, where `""` is a value like any other */
function emptyRuleOf({ rules, schema }: Field, takesAnyText: boolean): EmptyRule {
  if (rules.empty !== undefined) return rules.empty;
  if (takesAnyText) return 'text';
  return schema.isNullable ? 'null' : 'error';
}

function isNullRefused({ field, facts, isKey }: FieldJudgeOptions): boolean {
  return isKey || !field.schema.isNullable || facts?.isNullable === false;
}

/** A JSON source has one null for SQL's and for JSON's: where the column cannot hold the one, it is the other. */
function isJsonNull({ field, facts, isKey, isJsonSource }: FieldJudgeOptions, { isArray }: SqlType): boolean {
  const holdsJson = field.type === 'json' && !isArray && !isKey;
  return isJsonSource && holdsJson && field.schema.isNullable && facts?.isNullable === false;
}

/** An update keeps what a record does not name; everything else may have to insert a whole row. */
function isAbsenceRefused({ field, facts, mode, isKey }: FieldJudgeOptions): boolean {
  if (isKey) return true;
  if (mode === 'update' || mode === 'delete') return false;
  return field.schema.isRequired || (facts?.isNullable === false && !facts.hasDefault);
}

function joinChecks(checks: readonly Check[]): Check {
  const [first, second] = checks;
  if (first === undefined) return () => undefined;
  if (second === undefined) return first;
  return (canonical) => {
    for (const check of checks) {
      const refused = check(canonical);
      if (refused !== undefined) return refused;
    }
    return undefined;
  };
}
