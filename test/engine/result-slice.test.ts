/** Records of stored results by offset and limit, out of files that exports have really left. */
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  openResultBytes,
  openResultTexts,
  type StoredResult,
} from '../../src/actions/results/result-slice.ts';
import type { ExportOptions } from '../../src/core/job.ts';
import type { ExportRequest } from '../../src/http/kick-off/bodies.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`create table notes (id bigint primary key, note text);
    insert into notes select i, case when i % 3 = 0 then null else format(E'né %s\\n"and", more', i) end from generate_series(1, 3000) i`);
  const properties = { id: { type: 'integer' }, note: { type: ['string', 'null'] } };
  await engine.apply({
    name: 'notes',
    key: ['id'],
    target: { table: 'notes' },
    schema: { type: 'object', properties },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

async function resultOf(request: Omit<ExportRequest, 'collection'>): Promise<StoredResult> {
  const { job } = await engine.export({ collection: 'notes', ...request });
  const artifact = (await engine.artifacts(job)).find(({ kind }) => kind === 'result');
  assert.ok(artifact, job.failure?.message);
  return { artifact, options: job.options as ExportOptions };
}

async function collect<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const piece of pieces) collected.push(piece);
  return collected;
}

const RANGE = { offset: 2000, limit: 3 };

const LINES = '2001,\r\n2002,"né 2002\n""and"", more"\r\n2003,"né 2003\n""and"", more"\r\n';

const SHAPES: readonly Omit<ExportRequest, 'collection'>[] = [
  {},
  { compression: 'gzip' },
  { compression: 'zstd' },
  { encoding: 'utf-8-bom' },
  { encoding: 'utf-16le', compression: 'gzip' },
  { encoding: 'windows-1252' },
];

for (const shape of SHAPES) {
  test(`records are cut out of a result with ${JSON.stringify(shape)}`, async () => {
    const result = await resultOf(shape);
    const { header, records } = await openResultBytes(engine.worker.files, result, RANGE);
    const text = shape.encoding === 'windows-1252' ? 'latin1' : 'utf8';
    assert.equal(header?.toString(text), 'id,note\r\n');
    assert.equal(Buffer.concat(await collect<Buffer>(records)).toString(text), LINES);
    const texts = await openResultTexts(engine.worker.files, result, RANGE);
    assert.deepEqual(texts.header, ['id', 'note']);
    assert.deepEqual(await collect(texts.records), [
      ['2001', null],
      ['2002', 'né 2002\n"and", more'],
      ['2003', 'né 2003\n"and", more'],
    ]);
  });
}

test('a result without a header has none, and its first record is one', async () => {
  const result = await resultOf({ header: false });
  const { header, records } = await openResultTexts(engine.worker.files, result, { offset: 0, limit: 1 });
  assert.equal(header, undefined);
  assert.deepEqual(await collect(records), [['1', 'né 1\n"and", more']]);
});

test('labels are the header of a slice too', async () => {
  const result = await resultOf({ headerLabels: { note: 'Words, many' } });
  const { header, records } = await openResultTexts(engine.worker.files, result, { offset: 0, limit: 0 });
  assert.deepEqual([header, await collect(records)], [['id', 'Words, many'], []]);
});

test('other formats and archives are refused', async () => {
  for (const shape of [{ format: 'json' }, { format: 'xlsx' }, { compression: 'zip' }] as const) {
    const result = await resultOf(shape);
    const refusal = { code: 'request.invalid', message: /works only for CSV results/ };
    await assert.rejects(openResultBytes(engine.worker.files, result, RANGE), refusal);
    await assert.rejects(openResultTexts(engine.worker.files, result, RANGE), refusal);
  }
});

test('no file stays open: neither behind a part, nor where nobody reads', async () => {
  const result = await resultOf({ compression: 'gzip' });
  const path = engine.worker.files.path(result.artifact.storageKey);
  const isOpen = () => readdirSync('/proc/self/fd').some((fd) => linkOf(fd) === path);
  const part = await openResultBytes(engine.worker.files, result, { offset: 0, limit: 1 });
  await collect(part.records);
  const none = await openResultBytes(engine.worker.files, result, { offset: 0, limit: 0 });
  await collect(none.records);
  const unread = await openResultTexts(engine.worker.files, result, RANGE);
  assert.ok(isOpen());
  unread.records.destroy();
  await waitUntil('the files are closed', () => !isOpen());
});

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
