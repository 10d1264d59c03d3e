/** Packages of articles: folders and archives in the form of eGain's data import guide, imported like any other source. */
import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Issue } from '../../src/core/issue.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../src/formats/source/decompression-limits.ts';
import { ARTICLES, ONE, packageOf } from '../support/egain-package.ts';
import { type Entries, zipOf } from '../support/zip.ts';
import { rowsOf } from './harness.ts';
import { createPackageEngine, type PackageEngine, requestOf } from './package-engine.ts';

let engine: PackageEngine;
before(async () => {
  engine = await createPackageEngine();
});
after(() => engine.close());
beforeEach(() => engine.clear());

const shown = ({ severity, code, params, field }: Issue) => ({ severity, code, params, field });

test('a folder and an archive give the same records', async () => {
  const articles = [
    { ...ONE, availabilityDate: '2025-01-28T10:00:00.000Z', tags: ['a', 1.1], other: true },
    { name: 'In place', folder: { path: 'Shop' }, content: '<p>Here &amp; now</p>' },
  ];
  const entries = packageOf(articles, {
    'content/order-history.html': '\uFEFF<h1>Dein Verlauf: “Bücher”</h1>',
  });
  const expected = [
    {
      name: 'In place',
      folder: 'Shop',
      content: '<p>Here &amp; now</p>',
      availabilityDate: null,
      tags: null,
    },
    {
      name: 'Order history',
      folder: 'Shop/Orders',
      content: '<h1>Dein Verlauf: “Bücher”</h1>',
      availabilityDate: '2025-01-28T10:00:00+00:00',
      tags: ['a', 1.1],
    },
  ];
  for (const location of [await engine.putFolder(entries), await engine.putZip(entries)]) {
    const { job, issues } = await engine.import(requestOf(location));
    assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
    assert.deepEqual(issues, []);
    assert.deepEqual(await rowsOf(engine, 'waybill_data.articles'), expected);
    await engine.database.pool.query('truncate waybill_data.articles');
  }
});

test('the address may be that of a part of the package, and the articles need no object around them', async () => {
  await engine.putFolder(
    packageOf(` \n[${JSON.stringify(ONE)}]`, { 'content/order-history.html': '<p>x</p>' }),
  );
  for (const folder of ['', '/package', '/package/knowledgehub', '/package/knowledgehub/articles']) {
    const { job } = await engine.check(`s3://bucket/in${folder}`);
    assert.deepEqual([job.state, job.parts[0]?.counts.created], ['succeeded', 1], folder);
  }
});

test('a text that is not there, too long or no UTF-8 rejects its article and no other', async () => {
  const articles = ['missing', 'long', 'latin1', 'fine'].map((name) => ({
    ...ONE,
    name,
    content: `content/${name}.html`,
  }));
  const texts = {
    'content/long.html': 'x'.repeat(5000),
    'content/latin1.html': Buffer.from('B\xfccher', 'latin1'),
    'content/fine.html': '<p>fine</p>',
  };
  const { job, issues } = await engine.check(await engine.putFolder(packageOf(articles, texts)), {
    maxRecordBytes: 4096,
  });
  assert.equal(job.state, 'succeeded');
  assert.equal(job.parts[0]?.counts.rejected, 3);
  assert.deepEqual(issues.map(shown), [
    { severity: 'error', code: 'file.missing', params: { file: 'content/missing.html' }, field: 'content' },
    {
      severity: 'error',
      code: 'file.too_long',
      params: { file: 'content/long.html', limit: 4096 },
      field: 'content',
    },
    {
      severity: 'error',
      code: 'file.bad_encoding',
      params: { file: 'content/latin1.html' },
      field: 'content',
    },
  ]);
});

test('each file that an article refers to and that is not carried is one warning', async () => {
  const html = `<img src="../inline_resources/A%20b.png?x=1"><img src='inline_resources/c.png'>
    <a href="resources/guide.pdf">x</a><img src="inline_resources/c.png"><a href="https://example.com/x">y</a>`;
  const article = { ...ONE, attachments: [{ path: 'resources/guide.pdf' }, { path: 'resources/more.pdf' }] };
  const { job, issues } = await engine.check(
    await engine.putFolder(packageOf([article], { 'content/order-history.html': html })),
  );
  assert.deepEqual(
    issues.map(({ severity, code, params }) => [severity, code, params['file']]),
    [
      ['warning', 'file.not_carried', 'resources/guide.pdf'],
      ['warning', 'file.not_carried', 'resources/more.pdf'],
      ['warning', 'file.not_carried', 'inline_resources/A b.png'],
      ['warning', 'file.not_carried', 'inline_resources/c.png'],
    ],
  );
  assert.deepEqual([job.parts[0]?.counts.rejected, job.parts[0]?.counts.warned], [0, 1]);
});

test('a warning of the package is counted beside own code that has none', async () => {
  const path = join(engine.root, 'pass.mjs');
  await writeFile(path, 'export const validate = () => [];\n');
  const properties = { name: { type: 'string' }, content: { type: 'string' } };
  await engine.apply({
    name: 'checked',
    key: ['name'],
    validators: ['pass'],
    schema: { type: 'object', properties, required: ['name'] },
  });
  const article = { ...ONE, content: '<img src="inline_resources/a.png">' };
  const location = await engine.putFolder(packageOf([article]));
  const { job } = await engine.validate(
    { ...requestOf(location), collection: 'checked' },
    { validators: { pass: path } },
  );
  const { created, warned, rejected } = job.parts[0]?.counts ?? {};
  assert.deepEqual(
    [job.state, created, warned, rejected],
    ['succeeded', 1, 1, 0],
    JSON.stringify(job.failure),
  );
});

test('an article of megabytes that refers to nothing costs no more than reading it', async () => {
  const nested = `${'/resources/'.repeat(100_000)}\n`;
  const html = `<img src="data:image/png;base64,${'A'.repeat(1_000_000)}"><img src="${nested}">`;
  const { job, issues } = await engine.check(
    await engine.putFolder(packageOf([{ ...ONE, summary: nested }], { 'content/order-history.html': html })),
    { maxUploadBytes: 1024 ** 3 },
  );
  assert.deepEqual([job.state, issues], ['succeeded', []]);
});

test('nobody says something about a record but the reader of the package', async () => {
  const said = [{ severity: 'error', code: 'file.missing', params: { file: 'x' } }];
  const article = { ...ONE, content: '<p>x</p>', waybill_findings: said };
  const { job, issues } = await engine.check(await engine.putFolder(packageOf([article])));
  assert.deepEqual([job.state, issues], ['succeeded', []]);
});

test('failed rows come back without what was found, and can be corrected', async () => {
  const { job } = await engine.import(
    requestOf(await engine.putFolder(packageOf([ONE, { ...ONE, name: 'b', content: '<b>' }]))),
  );
  const rows = (await engine.artifact(job, 'failed.jsonl')).toString();
  assert.deepEqual(JSON.parse(rows), {
    waybill_job: job.number,
    waybill_record: 1,
    waybill_issues: 'content: the file content/order-history.html is missing',
    name: 'Order history',
    folder: 'Shop/Orders',
  });
  const again = await engine.correct(
    job,
    await engine.upload(rows.replace('"folder"', '"content":"<p>","folder"')),
  );
  assert.deepEqual([again.job.state, again.issues], ['succeeded', []]);
});

test('a validated package is imported as it was checked', async () => {
  const { job: checked } = await engine.check(
    await engine.putFolder(packageOf([{ ...ONE, name: 'checked' }])),
  );
  const { job, issues } = await engine.import({ source: { job: checked.id }, allowNothingAccepted: true });
  assert.deepEqual([job.state, issues.map(({ code }) => code)], ['succeeded', ['file.missing']]);
});

test('no path leads out of the package', async () => {
  await writeFile(join(engine.root, 'secret.html'), 'secret');
  const ways = [
    '../../../../secret.html',
    '/../secret.html',
    'content//x.html',
    'link.html',
    '..\\..\\secret.html',
  ];
  const articles = ways.map((content, index) => ({ ...ONE, name: String(index), content }));
  await engine.putFolder(packageOf(articles));
  await symlink(join(engine.root, 'secret.html'), join(engine.root, 'in', ARTICLES, 'link.html'));
  const { job, issues } = await engine.check('s3://bucket/in/package');
  assert.deepEqual(
    [job.state, job.failure?.code ?? issues.map(({ code }) => code)],
    ['succeeded', ways.map(() => 'file.missing')],
  );
});

const UNREADABLE: readonly [string, Entries, string, RegExp][] = [
  [
    'no package',
    { 'readme.txt': 'hello' },
    'source.unsupported',
    /package\/knowledgehub\/articles\/articles\.json/,
  ],
  [
    'articles.json that is no JSON',
    packageOf('{"articles": [{"name": }]}'),
    'source.unreadable',
    /element 1/,
  ],
  ['articles.json that is cut off', packageOf('{"articles": [{"name": "a"}'), 'source.unreadable', /end/],
  [
    'no array of articles',
    packageOf('{"article": []}'),
    'source.unreadable',
    /no object with an array "articles"/,
  ],
  ['articles.json that is empty', packageOf(''), 'source.unreadable', /array "articles"/],
];

for (const [what, entries, code, message] of UNREADABLE) {
  test(`${what} fails the job and says so`, async () => {
    for (const location of [await engine.putFolder(entries), await engine.putZip(entries)]) {
      const { job } = await engine.check(location);
      assert.deepEqual([job.state, job.failure?.code], ['failed', code], job.failure?.message);
      assert.match(job.failure?.message ?? '', message);
    }
  });
}

test('an archive that decompresses to more than is allowed fails the job before a file of it is read', async () => {
  const location = await engine.putZip(
    await zipOf(packageOf([ONE], { 'resources/zeros.bin': Buffer.alloc(200_000) })),
  );
  const { job } = await engine.check(location, {
    decompression: { ...DEFAULT_DECOMPRESSION_LIMITS, maxBytes: 100_000 },
  });
  assert.equal(job.failure?.code, 'format.limit_exceeded');
  assert.match(job.failure?.message ?? '', /limits\.decompressedBytes/);
});

test('an archive that becomes too much for its size, or is read over and over, fails the job', async () => {
  const allowanceBytes = 1_000_000;
  const decompression = { ...DEFAULT_DECOMPRESSION_LIMITS, allowanceBytes };
  const article = (number: number) => ({ ...ONE, name: `Article ${number}`, content: 'content/long.html' });
  const articles = Array.from({ length: 100 }, (_, number) => article(number));
  for (const [entries, limit] of [
    [packageOf([ONE], { 'resources/zeros.bin': Buffer.alloc(5_000_000) }), /limits\.decompressionRatio/],
    [packageOf(articles, { 'content/long.html': 'x'.repeat(100_000) }), /limits\.decompressionRatio/],
  ] as const) {
    const location = await engine.putZip(await zipOf(entries));
    const { job } = await engine.check(location, { decompression });
    assert.equal(job.failure?.code, 'format.limit_exceeded');
    assert.match(job.failure?.message ?? '', limit);
    assert.equal((await engine.check(location, { maxUploadBytes: 1024 ** 3 })).job.failure, undefined);
  }
});

test('what is no archive fails the job', async () => {
  const { job } = await engine.check(await engine.putZip(Buffer.from('not a zip')));
  assert.equal(job.failure?.code, 'source.unreadable');
});
