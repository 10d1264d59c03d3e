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

/** As GitHub makes an anchor of a title. */
const slug = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Whether there is such a document, with such a part. */
function leadsSomewhere(target: string, part: string | undefined): boolean {
  try {
    const titles = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title ?? ''));
    return part === undefined || titles.includes(part);
  } catch {
    return false;
  }
}

test('every link of the documents to another one, or to a part of it, leads somewhere', () => {
  const broken = ['README.md', 'ARCHITECTURE.md', 'STYLE.md', 'CHANGELOG.md', ...documents].flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([link, file = '', part]) =>
      leadsSomewhere(file === '' ? path : join(path, '..', file), part) ? [] : [`${path}: ${link}`],
    ),
  );
  assert.deepEqual(broken, []);
});

const sources = ['src', 'test', 'bench', 'packaging', 'migrations'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs|sql|txt)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

test('every document that code, tests and transcripts cite is in the repository, with the part that they name', () => {
  const broken = sources.flatMap((path) =>
    [...read(path).matchAll(/\b([A-Z]{4,}\.md|docs\/[\w./-]+\.md)(?:#([\w-]+))?/g)].flatMap(
      ([citation, target = '', part]) => (leadsSomewhere(target, part) ? [] : [`${path}: ${citation}`]),
    ),
  );
  assert.deepEqual(broken, []);
});
