/** The oracle of `test/torture/` knows nothing of Waybill's inside: what it would share with the sources, it could not find wrong. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listFiles, ROOT } from './source-tree.ts';

/** Who starts servers, and draws numbers. */
const MAY_USE_SUPPORT = ['campaign.test.ts', 'random.ts', 'stage.ts'];

test('the campaign imports nothing of the sources', async () => {
  const files = (await listFiles(['test/torture'])).filter((path) => path.endsWith('.ts'));
  assert.ok(files.length > 10);
  const refused: string[] = [];
  for (const path of files) {
    const text = await readFile(join(ROOT, path), 'utf8');
    for (const [, module = ''] of text.matchAll(/from '([^']+)'/g)) {
      const isForeign = module.includes('/src/') || module.includes('/bench/');
      const isSupport =
        module.startsWith('../support/') && !MAY_USE_SUPPORT.some((name) => path.endsWith(`/${name}`));
      if (isForeign || isSupport) refused.push(`${path} -> ${module}`);
    }
  }
  assert.deepEqual(refused, []);
});
