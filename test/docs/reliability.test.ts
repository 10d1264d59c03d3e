/** docs/reliability.md lists what the campaign does, and its commands are understood. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/run-group.ts';
import { ON_DATABASE } from '../torture/attacks/on-database.ts';
import { ON_SERVICES } from '../torture/attacks/on-services.ts';
import { ON_WORKERS } from '../torture/attacks/on-workers.ts';
import { parseOptions } from '../torture/options.ts';
import { TRICKS } from '../torture/sabotage.ts';

const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');

test('every attack is listed, and no other', () => {
  const listed = [...page.matchAll(/^\| (SIG.*?|a .*?|ended sessions) \|/gm)].map(([, name = '']) => name);
  const attacks = Object.keys({ ...ON_WORKERS, ...ON_DATABASE, ...ON_SERVICES });
  assert.deepEqual(listed.toSorted(), attacks.toSorted());
});

test('every sabotage is listed with what finds it, and no other', () => {
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| ([a-z ]+) \|/gm)].map(([, name, finds]) => [
    name,
    finds,
  ]);
  const tricks = Object.entries(TRICKS).map(([name, { finds }]) => [name, finds]);
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(tricks));
});

test('every command that is shown is understood', () => {
  const commands = [...page.matchAll(/^npm run torture(?: -- (.*))?$/gm)].map(([, words = '']) =>
    words.trim(),
  );
  assert.ok(commands.length >= 3);
  for (const words of commands) parseOptions(words === '' ? [] : words.split(/\s+/));
  assert.throws(() => parseOptions(['--sabotage', 'nothing']), /expects one of lose-row/);
});
