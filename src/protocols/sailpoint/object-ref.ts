import { parseExactJson } from '../../core/exact-json.ts';
import type { TypeBinding } from './binding.ts';

/** How the protocol names an object. */
export interface ObjectRef {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

/** @param line a record as JSON */
export function refOf(type: string, { id, name }: TypeBinding, line: string): ObjectRef {
  const record = parseExactJson(line) as Readonly<Record<string, unknown>>;
  return { type, id: textOf(record[id]), name: textOf(record[name]) };
}

/** An id or a name as text; numbers with every figure. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
