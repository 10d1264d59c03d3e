/** Values of a kick-off's body, with the refusals that they all share. Numbers may be texts: `"contactlist": "111111111"`. */
import { invalid, invalidValue, missing } from './envelope.ts';

export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is not there, is null or is an empty text is undefined: clients send empty texts for what they leave out. */
export function given(members: Members, name: string): unknown {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  return value === null || value === '' ? undefined : value;
}

export function needed(members: Members, name: string): unknown {
  const value = given(members, name);
  if (value === undefined) throw missing(name);
  return value;
}

/** Digits of an integer from zero on; undefined for anything else. */
export function asId(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^\d{1,15}$/.test(text) ? String(Number(text)) : undefined;
}

export function readId(name: string, value: unknown): string {
  const id = asId(value);
  if (id === undefined) throw invalid(`Invalid data format for ${name}. Integer expected`);
  return id;
}

export function readList(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`Invalid data format for ${name}. Array expected`);
}

/** 0 or 1. */
export function readFlag(members: Members, name: string, preset: boolean): boolean {
  const value = given(members, name);
  if (value === undefined) return preset;
  const digit = asId(value);
  if (digit === '0' || digit === '1') return digit === '1';
  throw invalidValue(name, value);
}
