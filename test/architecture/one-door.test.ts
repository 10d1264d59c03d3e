/** The command line writes through one door, which makes visible what nobody would see. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listFiles, ROOT } from './source-tree.ts';

/** Every way to standard output or standard error. */
const WAY_OUT =
  /\bprocess\s*\.\s*(?:stdout|stderr)\b|\bconsole\s*\.|\bfs\.writeSync\s*\(\s*[12]\b|['"]\/dev\/(?:stdout|stderr|tty)['"]/;

/** Who has one, and why. */
const DOORS: Readonly<Record<string, string>> = {
  'src/cli/terminal.ts': 'the door',
  'src/sdk/download.ts': 'asks whether a stream is standard output, which is not to be ended',
  'src/server/log.ts': 'lines of JSON, made visible there',
};
/** Who may write bytes as they are. */
const DATA = [
  'src/cli/commands/artifacts.ts',
  'src/cli/commands/export.ts',
  'src/cli/terminal.ts',
  'src/cli/write-text.ts',
];

test('only the doors lead out', async () => {
  assert.deepEqual(await filesWith(WAY_OUT), Object.keys(DOORS).toSorted());
});

test('only files are written as they are', async () => {
  assert.deepEqual(await filesWith(/\bterminal\s*\.\s*data\b|\bdata\(\): Writable/), DATA.toSorted());
});

test('only the door knows the letters that move a cursor', async () => {
  const found = await filesWith(/\\u001b|\\x1b|\\u009b/i);
  assert.deepEqual(
    found.filter((path) => path.startsWith('src/cli/')),
    ['src/cli/terminal.ts'],
  );
});

async function filesWith(pattern: RegExp): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of await listFiles(['src'])) {
    const text = await readFile(join(ROOT, path), 'utf8');
    const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
    if (pattern.test(code)) found.push(path);
  }
  return found.toSorted();
}
