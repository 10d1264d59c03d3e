/**
 * Text that PostgreSQL cannot store, and values nested so deeply that no reader of JSON may follow them, are refused where they come in:
 * one place for all routes, so that none of them fails later with an error that nobody understands.
 */
import { Stream } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { HTTP_LIMITS } from '../limits.ts';

// The JSON of PostgreSQL ends at some thousand.
const MAX_DEPTH = HTTP_LIMITS.bodyLevels.value;

/**
 * Records that a request carries are judged one by one, as those of a file are: such a text is an issue there. The name of a file that
 * is sent is cleaned.
 */
const HANDLED_ELSEWHERE: ReadonlySet<string> = new Set(['body.source.records', 'query.name']);

/** A hook before validation. @throws AppError `request.invalid` that names the place */
export function refuseUnstorable({ params, query, headers, body }: FastifyRequest): void {
  checkStorable(params, 'path');
  checkStorable(query, 'query');
  checkStorable(headers, 'headers');
  if (body !== undefined) checkStorable(body, 'body');
}

interface Inner {
  readonly value: unknown;
  /** As a person writes it: `body.metadata.tags[2]`. */
  readonly place: string;
  readonly depth: number;
  readonly isHandled: boolean;
}

/**
 * Without recursion: what is nested deeply would end the stack before it is found to be.
 *
 * @param name of the part, for the message
 * @throws AppError `request.invalid` that names the place
 */
export function checkStorable(part: unknown, name: string): void {
  if (isFlatAndStorable(part)) return;
  const open: Inner[] = [{ value: part, place: name, depth: 0, isHandled: false }];
  for (let inner = open.pop(); inner !== undefined; inner = open.pop()) {
    const { value, place, depth, isHandled } = inner;
    if (typeof value === 'string' && !isHandled) checkText(value, place);
    if (!isPlain(value)) continue;
    if (depth === MAX_DEPTH) throw invalid(place, `is nested deeper than ${MAX_DEPTH} levels`);
    for (const [key, member] of Object.entries(value)) {
      if (!isHandled) checkText(key, `a name in ${place}`);
      const at = Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`;
      open.push({
        value: member,
        place: at,
        depth: depth + 1,
        isHandled: isHandled || HANDLED_ELSEWHERE.has(at),
      });
    }
  }
}

/** As headers and parameters are, of which each request has some: seen without writing down where anything is. */
function isFlatAndStorable(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !isPlain(part)) return false;
  for (const name in part) {
    const value = (part as Record<string, unknown>)[name];
    if (typeof value !== 'string' || !isStorable(value) || !isStorable(name)) return false;
  }
  return true;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Arrays and objects as a parser of JSON or of a URL makes them; a body that is a stream or bytes is a file. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Stream) && !ArrayBuffer.isView(value)
  );
}

function checkText(text: string, place: string): void {
  if (text.includes('\0'))
    throw invalid(place, 'contains the character NUL (U+0000), which PostgreSQL cannot store');
  if (!text.isWellFormed())
    throw invalid(place, 'contains half of a surrogate pair, which is not valid text');
}

function invalid(place: string, problem: string): AppError {
  return new AppError('request.invalid', `${place} ${problem}.`, { details: { place } });
}
