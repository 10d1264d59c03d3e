/** The seam between the judge and the types: how one type reads a value. One small file per type beside this one. */
import type { IssueCode, IssueParams } from '../../core/issue.ts';
import type { JsonText } from '../../core/source-value.ts';
import type { ColumnFacts, Field } from '../collection.ts';
import type { SqlType } from '../sql-type.ts';

/** Why a value is not accepted. Most are made once, so that a bad value costs no more than a good one. */
export interface Refusal {
  readonly code: IssueCode;
  readonly params: IssueParams;
}

export function refusal(code: IssueCode, params: IssueParams = {}): Refusal {
  return Object.freeze({ code, params: Object.freeze(params) });
}

/** The value is accepted, and something is to be said about it. */
export interface Remarked extends Refusal {
  readonly value: string;
}

/** The canonical PostgreSQL text of the value, or why there is none. */
export type Reading = string | Refusal | Remarked;

/** A further rule on a canonical text. */
export type Check = (canonical: string) => Refusal | undefined;

export interface ValueReader {
  readonly readText: (text: string) => Reading;
  /** A JSON number, boolean, array or object. */
  readonly readJson: (value: JsonText) => Reading;
  /** A date, a time or both, in ISO 8601, whatever the notation of the field. Default: `readText`. */
  readonly readMoment?: (text: string) => Reading;
  /** Equal texts for equal values: `1.0` and `1.00` are one numeric key. */
  readonly toKey: (canonical: string) => string;
}

export interface ReaderContext {
  readonly field: Field;
  readonly facts: ColumnFacts | undefined;
  /** The column's type; that of a managed column where no facts are known. */
  readonly sqlType: SqlType;
  /** True where a text in the source is a JSON string; false where it may hold JSON (a CSV field). */
  readonly isJsonSource: boolean;
}

export function isRemarked(reading: Refusal): reading is Remarked {
  return 'value' in reading;
}

export function isRefusal(reading: Reading): reading is Refusal {
  return typeof reading === 'object' && !isRemarked(reading);
}

/** The canonical text of what is accepted, with or without a remark. */
export function acceptedText(reading: Reading | null | undefined): string | undefined {
  if (typeof reading === 'string') return reading;
  return reading !== null && reading !== undefined && isRemarked(reading) ? reading.value : undefined;
}
