import { refuseUnstorable } from './text-reader.ts';
import { type ReaderContext, type Reading, type Refusal, refusal, type ValueReader } from './value-reader.ts';

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

/** The most that `limits.depth` allows for JSON files: what follows a value down recursively must come back. */
export const MAX_DEPTH = 1000;
const TOO_DEEP = refusal('field.not_json', { reason: `it is nested deeper than ${MAX_DEPTH} levels` });

function refuseBrokenJson(text: string): Refusal | undefined {
  if (isDeeperThan(MAX_DEPTH, text)) return TOO_DEEP;
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

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING: ReadonlySet<number> = new Set([91, 123]);
const CLOSING: ReadonlySet<number> = new Set([93, 125]);

/** Counts brackets outside strings; a short text needs no look. */
function isDeeperThan(maximum: number, text: string): boolean {
  if (text.length <= 2 * maximum) return false;
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) index += code === BACKSLASH ? 1 : 0;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    if (depth > maximum) return true;
  }
  return false;
}
