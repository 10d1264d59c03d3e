import { refuseUnstorable } from './text-reader.ts';
import { type ReaderContext, type Reading, type Refusal, refusal, type ValueReader } from './value-reader.ts';

/** The number with its source text, where `JSON.parse` gives it (all but strings, arrays and objects). */
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** `JSON.parse` with the third argument of its reviver, which TypeScript's library does not know yet. */
export const parseJsonWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * JSON values, kept as their source text, so that their numbers stay exact. In a CSV field the text is JSON; in a JSON
 * source a string is the JSON string that it is.
 */
export function createJsonReader({ isJsonSource }: ReaderContext): ValueReader {
  const readText = (text: string): Reading => {
    if (isJsonSource) return refuseUnstorable(text) ?? JSON.stringify(text);
    return refuseBrokenJson(text) ?? text;
  };
  return {
    readText,
    readJson: ({ text }) => refuseEscapedUnstorable(text) ?? text,
    toKey: (canonical) => canonical,
  };
}

function refuseBrokenJson(text: string): Refusal | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    return refusal('field.not_json', { reason: jsonReason(error) });
  }
  return refuseUnstorable(text) ?? refuseEscapedUnstorable(text);
}

/** V8 quotes the text in its message, which may be sensitive: only what it says about the place is kept. */
function jsonReason(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const place = /at position \d+/.exec(message);
  return place === null ? 'this is not JSON' : `unexpected character ${place[0]}`;
}

/** `"\u0000"` and `"\ud800"` are legal JSON that jsonb does not take. */
function refuseEscapedUnstorable(text: string): Refusal | undefined {
  if (!text.includes('\\u')) return undefined;
  let found: Refusal | undefined;
  JSON.parse(text, (key, value: unknown) => {
    found ??= refuseUnstorable(key) ?? (typeof value === 'string' ? refuseUnstorable(value) : undefined);
    return value;
  });
  return found;
}
