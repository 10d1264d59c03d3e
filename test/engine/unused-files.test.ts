/** Files of a package that no article names: an issue each, and nothing more. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ARTICLES, ONE, packageOf } from '../support/egain-package.ts';
import { rowsOf } from './harness.ts';
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
});

test('a package without articles is read, and what else is in it is told', async () => {
  for (const put of [engine.putFolder, engine.putZip]) {
    const none = await engine.import(requestOf(await put(packageOf([]))));
    assert.deepEqual([none.job.state, none.issues], ['succeeded', []], JSON.stringify(none.job.failure));
    const location = await put(packageOf([], UNNAMED));
    for (const verb of ['validate', 'import'] as const) {
      const { job, issues } = await engine[verb](requestOf(location));
      assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
      assert.equal(issues.length, 5);
      assert.deepEqual(new Set(issues.map(({ code }) => code)), new Set(['file.unused']));
    }
  }
});

test('a package without articles replaces nothing unless it is allowed to', async () => {
  const one = await engine.import(requestOf(await engine.putFolder(packageOf([ONE], UNNAMED))));
  assert.equal(one.job.state, 'succeeded');
  for (const unnamed of [{}, UNNAMED]) {
    const location = await engine.putFolder(packageOf([], unnamed));
    const { job } = await engine.import({ ...requestOf(location), mode: 'replace' });
    assert.equal(job.state, 'failed');
    assert.equal((await rowsOf(engine, 'waybill_data.articles')).length, 1);
  }
  const location = await engine.putFolder(packageOf([], UNNAMED));
  const { job } = await engine.import({ ...requestOf(location), mode: 'replace', replaceByNothing: true });
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  assert.deepEqual(await rowsOf(engine, 'waybill_data.articles'), []);
});

test('each kind of things beside articles is one warning, whatever form its file has', async () => {
  const file = 'package/knowledgehub/knowledgehub.json';
  const kinds = { folders: [{ name: 'Shop' }, { name: 'Help' }], topics: [{}], portals: [] };
  const told = (kind: string, count: number, name = 'knowledgehub.json') => [
    'file.kind_not_carried',
    { file: name, kind, count },
  ];
  const unread = ['file.not_carried', { file: 'knowledgehub.json' }];
  const cases: readonly [string, Readonly<Record<string, string>>, readonly unknown[]][] = [
    ['none', { [file]: '{"name": "x", "version": 1}' }, []],
    ['lists', { [file]: JSON.stringify(kinds) }, [told('folders', 2), told('topics', 1)]],
    [
      'lists in an object',
      { [file]: JSON.stringify({ knowledgehub: kinds }) },
      [told('folders', 2), told('topics', 1)],
    ],
    [
      'the older name',
      { [file]: '{}', 'package/knowledgehub/knowledge.json': '{"portals": [1]}' },
      [told('portals', 1, 'knowledge.json')],
    ],
    [
      'objects in place of lists',
      {
        [file]:
          '{"folders": {"a": {"name": "Shop"}, "b": {}}, "portal": {"id": "P"}, "topics": {}, "users": null}',
      },
      [told('folders', 2), told('portal', 1)],
    ],
    [
      'both in an object',
      {
        [file]:
          '{"knowledgehub": {"folders": [{}], "portal": {"id": "P", "languages": ["en"]}, "topics": []}}',
      },
      [told('folders', 1), told('portal', 1)],
    ],
    ['no object', { [file]: '[1]' }, [unread]],
    ['no JSON', { [file]: '{"folders": ' }, [unread]],
    ['too long', { [file]: JSON.stringify({ folders: ['x'.repeat(5000)] }) }, [unread]],
  ];
  for (const [what, files, expected] of cases) {
    for (const put of [engine.putFolder, engine.putZip]) {
      const location = await put({ ...packageOf([{ ...ONE, content: '<p>x</p>' }]), ...files });
      const { job, issues } = await engine.check(location, { maxRecordBytes: 4096 });
      assert.equal(job.state, 'succeeded');
      assert.deepEqual(
        issues.map(({ code, params }) => [code, params]),
        expected,
        what,
      );
    }
  }
});

test('article.json is read like articles.json, and told where both are there', async () => {
  const { [`${ARTICLES}articles.json`]: articles = '', ...others } = packageOf([
    { ...ONE, content: '<p>x</p>' },
  ]);
  const alone = await engine.check(await engine.putZip({ ...others, [`${ARTICLES}article.json`]: articles }));
  assert.deepEqual([alone.job.state, alone.issues], ['succeeded', []]);
  assert.equal(alone.job.parts[0]?.counts.created, 1);
  const both = {
    ...others,
    [`${ARTICLES}articles.json`]: articles,
    [`${ARTICLES}article.json`]: articles,
  };
  const { issues } = await engine.check(await engine.putFolder(both));
  assert.deepEqual(
    issues.map(({ code, params }) => [code, params]),
    [['file.unused', { file: 'article.json' }]],
  );
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
