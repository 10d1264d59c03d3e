/** Names and sizes of the files. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listFiles, ROOT } from './source-tree.ts';

/** Names that say nothing, so that everything ends up there. */
const EMPTY_NAME = /^(common|lib|misc|types|(.*-)?(utils?|helpers?|manager))$/;

const MAX_LINES = 300;
/** Files that are longer and should be, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const files = await listFiles(['src', 'test', 'bench', 'bin']);
const code = files.filter((path) => /\.(ts|mjs)$/.test(path));

test('files and folders are named in kebab-case', () => {
  const odd = files.filter(
    (path) => !path.split('/').every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(part)),
  );
  assert.deepEqual(odd, []);
});

test('no file or folder has a name that says nothing', () => {
  const empty = code.filter((path) => path.split(/[/.]/).some((name) => EMPTY_NAME.test(name)));
  assert.deepEqual(empty, []);
});

test(`no file is longer than ${MAX_LINES} lines without a reason`, async () => {
  const lengths = await Promise.all(
    code.map(async (path) => ({
      path,
      lines: (await readFile(join(ROOT, path), 'utf8')).trimEnd().split('\n').length,
    })),
  );
  const long = lengths.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path);
  assert.deepEqual(long.toSorted(), Object.keys(LONG_FILES).toSorted());
});
