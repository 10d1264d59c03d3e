/** What own code gives back is checked against what was asked: a mistake there must not pass for a verdict. */
import type { SourceValue } from '../../../formats/format.ts';
import type { OwnFinding } from './own-module.ts';

/** @param records in the batch. @throws TypeError, in words for the author of the module */
export function parseFindings(answer: unknown, records: number): readonly OwnFinding[] {
  if (answer === undefined || answer === null) return [];
  if (!Array.isArray(answer)) throw new TypeError(`expected a list of findings, got ${kindOf(answer)}`);
  return answer.map((finding: unknown) => parseFinding(finding, records));
}

function parseFinding(finding: unknown, records: number): OwnFinding {
  if (typeof finding !== 'object' || finding === null) {
    throw new TypeError(`expected a finding {index, severity, message}, got ${kindOf(finding)}`);
  }
  const { index, severity, field, message } = finding as Partial<Record<keyof OwnFinding, unknown>>;
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= records) {
    throw new TypeError(
      `a finding has the index ${String(index)}, and the batch has ${records} records, from 0`,
    );
  }
  if (severity !== 'error' && severity !== 'warning') {
    throw new TypeError(`a finding has the severity ${String(severity)}; expected error or warning`);
  }
  if (typeof message !== 'string')
    throw new TypeError(`a finding's message is ${kindOf(message)}; expected text`);
  if (field !== undefined && typeof field !== 'string') {
    throw new TypeError(`a finding's field is ${kindOf(field)}; expected a name`);
  }
  return { index, severity, message, ...(field !== undefined && { field }) };
}

/** A number would be put into text by rules that nobody chose. @throws TypeError naming the field */
export function parseOwnValue(value: unknown, field: string): SourceValue {
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (typeof value === 'object' && 'text' in value && typeof value.text === 'string')
    return value as SourceValue;
  throw new TypeError(
    `the field "${field}" is ${kindOf(value)}; expected text, null, undefined or {text} of JSON`,
  );
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `of type ${typeof value}`;
}
