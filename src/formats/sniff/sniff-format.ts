import type { CsvDialect, JsonDialect } from '../format.ts';
import { refuseObjects } from './refuse-objects.ts';

export interface FormatFinding {
  readonly format: (CsvDialect | JsonDialect)['format'];
  readonly evidence: string;
}

/**
 * Tells CSV, JSON Lines and JSON arrays apart by how the text begins.
 * @throws AppError `format.unknown` for JSON objects that are neither in an array nor one per line
 */
export function sniffFormat(text: string): FormatFinding {
  const start = text.trimStart();
  if (/^\[\s*(?:[{\]]|$)/.test(start) || isJson(start)) {
    return { format: start.startsWith('{') ? 'jsonl' : 'json', evidence: describeJson(start) };
  }
  if (!/^\{\s*["}]/.test(start)) return { format: 'csv', evidence: 'it does not start like JSON' };
  const [first = '', second = ''] = start.split('\n').filter((line) => line.trim() !== '');
  const isCutIntoLines = first.trimEnd().endsWith('}') && second.startsWith('{');
  if (isJson(first) || isCutIntoLines || first === start) {
    return { format: 'jsonl', evidence: 'it starts with a JSON object on one line' };
  }
  throw refuseObjects(start);
}

function describeJson(start: string): string {
  if (start.startsWith('{')) return 'it is one JSON object on one line';
  return 'it starts with [, the beginning of a JSON array';
}

/** A JSON array, or an object on one line. */
function isJson(text: string): boolean {
  const trimmed = text.trim();
  if (!/^(?:\[|\{[^\n]*$)/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return true;
  } catch {
    return false;
  }
}
