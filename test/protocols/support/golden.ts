/**
 * Golden transcripts: a request and its answer as text, compared byte by byte with a file beside the test. What differs from run to run
 * (times, ids) keeps its shape and loses its value. `UPDATE_GOLDEN=1` writes the files anew.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LightMyRequestResponse } from 'fastify';

export interface Transcript {
  /** Where it is known from, such as `SEED3`. */
  readonly source: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** Those that mean something here. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly answer: LightMyRequestResponse;
  /** Headers of the answer that mean something beside the content type. */
  readonly shownHeaders?: readonly string[];
}

/** @param url of the file, such as `new URL('golden/status-finished.txt', import.meta.url)` */
export function assertGolden(url: URL, transcript: Transcript): void {
  const path = fileURLToPath(url);
  const text = render(transcript);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  assert.equal(text, readFileSync(path, 'utf8'), `differs from ${path}`);
}

function render({ source, request, answer, shownHeaders = [] }: Transcript): string {
  const sent = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const received = ['content-type', ...shownHeaders]
    .filter((name) => answer.headers[name] !== undefined)
    .map((name) => `${name}: ${String(answer.headers[name])}`);
  const lines = [
    `# ${source}`,
    `> ${request.method} ${request.url}`,
    ...sent.map((line) => `> ${line}`),
    ...(request.body === undefined ? [] : ['>', `> ${request.body}`]),
    `< ${answer.statusCode}`,
    ...received.map((line) => `< ${line}`),
    ...(answer.body === '' ? [] : ['<', answer.body]),
  ];
  return `${withoutValues(lines.join('\n'))}\n`;
}

const UUID = /\b[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\b/gi;
const TIME = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?/g;

/** Digits of times become 0, those of ids X or x: length, case, dashes and fractions stay. */
function withoutValues(text: string): string {
  return text
    .replaceAll(UUID, (id) =>
      id.replaceAll(/[0-9a-f]/gi, (digit) => (id === id.toUpperCase() ? 'X' : 'x' + digit.slice(1))),
    )
    .replaceAll(TIME, (time) => time.replaceAll(/\d/g, '0'));
}
