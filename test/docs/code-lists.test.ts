/** The documents of codes have what the code has, both ways. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { ISSUE_TEMPLATES } from '../../src/core/issue.ts';
import { JOB_STATES, TRANSITIONS } from '../../src/core/job-state.ts';
import { ROOT } from '../support/run-group.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Codes in the first column of the tables. */
function listedCodes(path: string): string[] {
  return [...read(path).matchAll(/^\| `([a-z]+\.[a-z_]+)` \|/gm)].map(([, code]) => code ?? '');
}

test('docs/errors.md explains every error code once, and no other', () => {
  assert.deepEqual(listedCodes('docs/errors.md').toSorted(), [...ERROR_CODES].toSorted());
});

test('docs/issues.md explains every issue code once, and no other', () => {
  assert.deepEqual(listedCodes('docs/issues.md').toSorted(), Object.keys(ISSUE_TEMPLATES).toSorted());
});

test('docs/http-api.md has every state of a job, and what it may become', () => {
  const rows = read('docs/http-api.md').matchAll(/^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$/gm);
  const listed = [...rows].map(([, state = '', next = '']) => [
    state,
    (next.match(/[a-z]+/g) ?? []).toSorted(),
  ]);
  const states = JOB_STATES.map((state) => [
    state,
    [...new Set(Object.values(TRANSITIONS[state]))].toSorted(),
  ]);
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(states));
});

const documents = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

test('every collection that a document shows is valid', () => {
  const shown = [...documents, 'README.md'].flatMap((path) =>
    [...read(path).matchAll(/^```json.*\n([^]*?)^```/gm)].map(([, json]) => json ?? ''),
  );
  const definitions = shown.map((json) => JSON.parse(json) as object).filter((json) => 'schema' in json);
  assert.ok(definitions.length >= 4);
  for (const definition of definitions) parseCollection(definition);
});

test('every link of the documents to another one, or to a part of it, leads somewhere', () => {
  const slug = (title: string) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const broken = ['README.md', 'ARCHITECTURE.md', 'STYLE.md', 'CHANGELOG.md', ...documents].flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([link, file = '', part]) => {
      const target = file === '' ? path : join(path, '..', file);
      try {
        const titles = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title ?? ''));
        return part === undefined || titles.includes(part) ? [] : [`${path}: ${link}`];
      } catch {
        return [`${path}: ${link}`];
      }
    }),
  );
  assert.deepEqual(broken, []);
});
