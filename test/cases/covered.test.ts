/** Each case under `files/` has its expectation in exactly one test file of this folder, and each expectation its inputs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES_FOLDER } from './case.ts';

test('every folder of inputs has one expectation, and every expectation its folder', () => {
  const described = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => namesIn(readFileSync(join(import.meta.dirname, name), 'utf8')));
  assert.deepEqual(described.toSorted(), readdirSync(FILES_FOLDER).toSorted());
});

function namesIn(source: string): string[] {
  return [...source.matchAll(/^describeCase\('([^']+)'/gm)].map(([, name = '']) => name);
}
