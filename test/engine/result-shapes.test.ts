/** Every format in every compression: names, media types, digests, manifest, and what is in the files. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { fromBufferPromise } from 'yauzl';
import { RESULT_COMPRESSIONS, type ResultCompression } from '../../src/formats/format.ts';
import { RESULT_FORMATS } from '../../src/formats/formats.ts';
import type { ExportRequest } from '../../src/http/kick-off/bodies.ts';
import { readSheets } from '../unit/formats/workbook.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create table people (id bigint primary key, name text, big numeric, ok boolean, born date, nested jsonb);
    insert into people values
      (1, 'Ann', 12345678901234567890, true, '1990-05-17', '{"a": 1}'), (2, '=1+1', 0.50, false, null, '[1]'), (3, null, null, null, null, null);
    create table manifest (id bigint primary key);
    insert into manifest select generate_series(1, 1001)`);
  await engine.apply({
    name: 'people',
    key: ['id'],
    target: { table: 'people' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        name: { type: ['string', 'null'] },
        big: { type: ['number', 'null'] },
        ok: { type: ['boolean', 'null'] },
        born: { type: ['string', 'null'], format: 'date' },
        nested: { type: ['object', 'array', 'null'] },
      },
    },
  });
  await engine.apply({
    name: 'manifest',
    key: ['id'],
    target: { table: 'manifest' },
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

interface Result {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** The result files of an export, each held against its record and the manifest. */
async function resultsOf(
  request: Omit<ExportRequest, 'collection'>,
  collection = 'people',
): Promise<Result[]> {
  const { job } = await engine.export({ collection, ...request });
  assert.equal(job.state, 'succeeded', job.failure?.message);
  const artifacts = await engine.artifacts(job);
  const manifest = JSON.parse((await engine.artifact(job, 'manifest.json')).toString()) as {
    files: object[];
  };
  const results: Result[] = [];
  for (const { kind, name, mediaType, sizeBytes, sha256, records } of artifacts) {
    if (kind !== 'result') continue;
    const bytes = await engine.artifact(job, name);
    assert.equal(sizeBytes, bytes.byteLength);
    assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.deepEqual(manifest.files[results.length], { name, records, sizeBytes, sha256 });
    results.push({ name, mediaType, bytes });
  }
  assert.equal(manifest.files.length, results.length);
  return results;
}

async function resultOf(request: Omit<ExportRequest, 'collection'>, collection?: string): Promise<Result> {
  const [result, ...more] = await resultsOf(request, collection);
  assert.ok(result);
  assert.deepEqual(more, []);
  return result;
}

async function unzip(archive: Buffer): Promise<{ name: string; bytes: Buffer }> {
  const zip = await fromBufferPromise(archive);
  assert.equal(zip.entryCount, 1);
  const { value: entry } = await zip.eachEntry().next();
  assert.ok(entry);
  const stream = await zip.openReadStreamPromise(entry);
  return { name: entry.fileName, bytes: Buffer.concat(await stream.toArray()) };
}

async function unpack({ name, bytes }: Result, compression: ResultCompression): Promise<[string, Buffer]> {
  switch (compression) {
    case 'none':
      return [name, bytes];
    case 'gzip':
      return [name.replace(/\.gz$/, ''), gunzipSync(bytes)];
    case 'zstd':
      return [name.replace(/\.zst$/, ''), zstdDecompressSync(bytes)];
    case 'zip': {
      const entry = await unzip(bytes);
      return [entry.name, entry.bytes];
    }
  }
}

for (const [format, { extension, mediaType }] of Object.entries(RESULT_FORMATS)) {
  test(`a result in ${format} holds the same in every compression, under a name and type that say what it is`, async () => {
    const request = { format: format as keyof typeof RESULT_FORMATS };
    const plain = await resultOf(request);
    assert.deepEqual([plain.name, plain.mediaType], [`people.${extension}`, mediaType]);
    for (const compression of RESULT_COMPRESSIONS) {
      const result = await resultOf({ ...request, compression });
      assert.deepEqual(await unpack(result, compression), [plain.name, plain.bytes], compression);
      const expected = {
        none: [`people.${extension}`, mediaType],
        gzip: [`people.${extension}.gz`, 'application/gzip'],
        zstd: [`people.${extension}.zst`, 'application/zstd'],
        zip: ['people.zip', 'application/zip'],
      }[compression];
      assert.deepEqual([result.name, result.mediaType], expected);
    }
  });
}

test('a workbook has numbers, booleans and dates of rows as cells that lose nothing', async () => {
  const { bytes } = await resultOf({ format: 'xlsx', guardFormulas: true });
  assert.deepEqual(await readSheets(bytes), [
    {
      sheet: 'people',
      data: [
        ['id', 'name', 'big', 'ok', 'born', 'nested'],
        [1, 'Ann', '12345678901234567890', true, '1990-05-17', '{"a": 1}'],
        [2, '=1+1', 0.5, false, null, '[1]'],
        [3, null, null, null, null, null],
      ],
    },
  ]);
});

test('labels stand in the header of CSV and XLSX, and the manifest keeps the names', async () => {
  const request = {
    fields: ['id', 'name', 'ok'],
    headerLabels: { name: 'Full, name', ok: 'id', big: 'unused' },
  };
  const csv = await resultOf(request);
  assert.match(csv.bytes.toString(), /^id,"Full, name",id\r\n1,/);
  const utf16 = await resultOf({ ...request, encoding: 'utf-16le' });
  assert.match(utf16.bytes.toString('utf16le'), /^\ufeffid,"Full, name",id\r\n1,/);
  const [sheet] = await readSheets((await resultOf({ ...request, format: 'xlsx' })).bytes);
  assert.deepEqual(sheet?.data[0], ['id', 'Full, name', 'id']);
});

test('a result may have a name of its own, in pieces and in archives too', async () => {
  const names = async (request: Omit<ExportRequest, 'collection'>) =>
    (await resultsOf({ fileName: 'Report 2025', ...request })).map(({ name }) => name);
  assert.deepEqual(await names({}), ['Report 2025.csv']);
  assert.deepEqual(await names({ splitRecords: 2 }), ['Report 2025-0001.csv', 'Report 2025-0002.csv']);
  const zipped = await resultOf({ fileName: 'report', format: 'xlsx', compression: 'zip' });
  assert.equal((await unzip(zipped.bytes)).name, 'report.xlsx');
});

test('JSON in pieces of 250 is that many files, in the order of their names; none of a collection called manifest is lost', async () => {
  const files = await resultsOf({ format: 'json', splitRecords: 250 }, 'manifest');
  const names = files.map(({ name }) => name);
  assert.deepEqual(names, names.toSorted());
  assert.deepEqual(
    files.map(({ bytes }) => (JSON.parse(bytes.toString()) as unknown[]).length),
    [250, 250, 250, 250, 1],
  );
  const whole = await resultOf({ format: 'json' }, 'manifest');
  assert.equal(whole.name, 'manifest-0001.json');
  assert.equal((JSON.parse(whole.bytes.toString()) as unknown[]).length, 1001);
});

test('an export of no records gives one file, which has none', async () => {
  const filter = { field: 'id', op: 'lt', value: '0' };
  const empty = await resultOf({ format: 'json', splitRecords: 250, filter });
  assert.deepEqual([empty.name, JSON.parse(empty.bytes.toString())], ['people-0001.json', []]);
  const [sheet] = await readSheets((await resultOf({ format: 'xlsx', fields: ['id'], filter })).bytes);
  assert.deepEqual(sheet?.data, [['id']]);
});

test('workbooks can be split by records and by bytes', async () => {
  const pieces = await resultsOf({ format: 'xlsx', fields: ['id'], splitRecords: 400 }, 'manifest');
  const counts = await Promise.all(
    pieces.map(async ({ bytes }) => (await readSheets(bytes))[0]?.data.length),
  );
  assert.deepEqual(counts, [401, 401, 202]);
  const small = await resultsOf({ format: 'xlsx', splitBytes: 1 });
  assert.equal(small.length, 3, 'one record at least in each');
});

test('a text that no cell of a workbook can hold fails the job, by record and field', async () => {
  const { pool } = engine.database;
  await pool.query("insert into people (id, name) values (4, repeat('x', 40000))");
  const { job } = await engine.export({ collection: 'people', format: 'xlsx', compression: 'zip' });
  await pool.query('delete from people where id = 4');
  assert.deepEqual(
    [job.state, job.failure?.code, job.failure?.retryable],
    ['failed', 'format.limit_exceeded', false],
  );
  assert.match(job.failure?.message ?? '', /Field "name" of record 4 /);
  assert.deepEqual(await engine.artifacts(job), []);
});

test('what a format has no place for is refused', async () => {
  const refusals: readonly [Omit<ExportRequest, 'collection'>, RegExp][] = [
    [{ format: 'xlsx', delimiter: ';' }, /xlsx has no delimiter/],
    [{ format: 'xlsx', encoding: 'utf-8' }, /xlsx has no encoding/],
    [{ format: 'json', headerLabels: { id: 'Id' } }, /json has no header/],
    [{ headerLabels: { id: 'Id' }, header: false }, /header: false leaves out/],
    [{ headerLabels: { nam: 'Name' } }, /no field "nam".*"name"/],
  ];
  for (const [request, message] of refusals) {
    await assert.rejects(engine.export({ collection: 'people', ...request }), {
      code: 'request.invalid',
      message,
    });
  }
});

test('a workbook imports again as it is', async () => {
  const { bytes } = await resultOf({ format: 'xlsx' });
  const records = (await rowsOf(engine, 'people')).length;
  const { job, issues } = await engine.import({
    collection: 'people',
    source: { upload: await engine.upload(bytes) },
  });
  assert.equal(job.failure?.message, undefined);
  assert.deepEqual([countsOf(job), issues], [{ unchanged: records }, []]);
});
