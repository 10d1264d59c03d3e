/** A rule that is new must not keep what was stored before it from being loaded: only what is applied or proposed is judged by it. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('only what is applied or proposed is parsed as new', () => {
  const importers = globSync('src/**/*.ts').filter((path) =>
    /import (?!type)[^;]*\bparseCollection\b[^;]*;/.test(readFileSync(path, 'utf8')),
  );
  assert.deepEqual(importers.sort(), [
    'src/actions/collections/apply-collection.ts',
    'src/actions/inspection/inspect-upload.ts',
    'src/collections/parse-stored.ts',
  ]);
});
