/** Files of a package that no article names: an issue each, and nothing more. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ONE, packageOf } from '../support/egain-package.ts';
import { createPackageEngine, type PackageEngine, requestOf } from './package-engine.ts';

let engine: PackageEngine;
before(async () => {
  engine = await createPackageEngine();
});
after(() => engine.close());
beforeEach(() => engine.clear());

/** Beside an article that names one text and one image. */
const UNNAMED = {
  'content/order-history.html': '<img src="inline_resources/used.png">',
  'content/old.html': '<p>old</p>',
  'inline_resources/used.png': 'x',
  'inline_resources/deep/er/unused.png': 'x',
  'resources/guide.pdf': 'x',
};

test('each file of content that no article names is one warning of its own, and no failed article', async () => {
  const more = { 'manifest.json': '{}', 'package/notes.txt': 'x', 'resources/elsewhere.pdf': 'x' };
  const entries = { ...packageOf([ONE, { ...ONE, name: 'b' }], UNNAMED), ...more };
  for (const put of [engine.putFolder, engine.putZip]) {
    const location = await put(entries);
    for (const run of [engine.check, (place: string) => engine.import(requestOf(place))]) {
      const { job, issues } = await run(location);
      assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
      assert.deepEqual(
        issues.map(({ record, severity, code, params }) => [record, severity, code, params['file']]),
        [
          [1, 'warning', 'file.not_carried', 'inline_resources/used.png'],
          [2, 'warning', 'file.not_carried', 'inline_resources/used.png'],
          [3, 'warning', 'file.unused', 'content/old.html'],
          [4, 'warning', 'file.unused', 'inline_resources/deep/er/unused.png'],
          [5, 'warning', 'file.unused', 'resources/guide.pdf'],
        ],
      );
      const { created, skipped, rejected, warned } = job.parts[0]?.counts ?? {};
      assert.deepEqual([created, skipped, rejected, warned], [2, 3, 0, 5]);
      await engine.database.pool.query('truncate waybill_data.articles');
    }
  }
});

test('files that no article names are none of the articles that a job may have, and no reason for one', async () => {
  const request = { ...requestOf(await engine.putFolder(packageOf([ONE], UNNAMED))), maxRecords: 1 };
  assert.equal((await engine.validate(request)).job.state, 'succeeded');
  await engine.putFolder(packageOf([ONE, { ...ONE, name: 'b' }]));
  assert.equal((await engine.validate(request)).job.failure?.code, 'job.too_many_records');
  const none = await engine.check(await engine.putFolder(packageOf([], UNNAMED)));
  assert.equal(none.job.failure?.code, 'source.empty');
});

test('files that no article names are neither rows nor judged, in every mode', async () => {
  const location = await engine.putFolder(packageOf([ONE], UNNAMED));
  const { job } = await engine.import({ ...requestOf(location), mode: 'replace', replaceByNothing: true });
  const { created, skipped, rejected, warned } = job.parts[0]?.counts ?? {};
  assert.deepEqual(
    [job.state, created, skipped, rejected, warned],
    ['succeeded', 1, 3, 0, 4],
    JSON.stringify(job.failure),
  );
  const again = await engine.import({ ...requestOf(location), mode: 'insert', allowNothingAccepted: true });
  assert.deepEqual(
    again.issues.map(({ code }) => code),
    ['file.not_carried', 'key.exists', 'file.unused', 'file.unused', 'file.unused'],
  );
});
