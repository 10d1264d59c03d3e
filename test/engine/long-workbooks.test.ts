/** A workbook longer than a sheet: what it becomes, and what is left of one that is stopped. */

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createEngine, type Engine } from './harness.ts';
import { startExport } from './start-jobs.ts';

/** With its header one more than a sheet can hold. */
const RECORDS = 1_048_576;

const REQUEST = { collection: 'long', format: 'xlsx' } as const;

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query('create table long (id bigint primary key)');
  await engine.database.pool.query(`insert into long select generate_series(1, ${RECORDS})`);
  await engine.apply({
    name: 'long',
    key: ['id'],
    target: { table: 'long' },
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** The last characters of an entry. */
async function readEnd(zip: ZipFile, entry: Entry): Promise<string> {
  let end = '';
  for await (const piece of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    end = (end + piece.toString()).slice(-300);
  }
  return end;
}

test('a workbook that is cancelled in the middle ends at once and leaves no file', async () => {
  const { job } = await startExport(engine, { ...REQUEST, compression: 'zip' });
  const folder = join(engine.dataDir, 'artifacts', job.id);
  const attempt = engine.attempt(job);
  await waitUntil('the file has begun to grow', async () => {
    const [name] = await readdir(folder).catch(() => []);
    return name !== undefined && (await stat(join(folder, name))).size > 100_000;
  });
  const askedAt = performance.now();
  await cancelJob(engine.database.pool, job.id);
  assert.equal((await attempt).state, 'cancelled');
  assert.ok(performance.now() - askedAt < 4000);
  assert.deepEqual([await readdir(folder), await engine.artifacts(job)], [[], []]);
});

test('one record more than a sheet can hold stands on a second sheet, below a header', async () => {
  const { job } = await engine.export(REQUEST);
  assert.equal(job.state, 'succeeded', job.failure?.message);
  const [artifact] = (await engine.artifacts(job)).filter(({ kind }) => kind === 'result');
  assert.deepEqual([artifact?.name, artifact?.records], ['long.xlsx', RECORDS]);
  const zip = await openPromise(engine.worker.files.path(artifact?.storageKey ?? ''), { autoClose: false });
  const ends = new Map<string, string>();
  for await (const entry of zip.eachEntry()) ends.set(entry.fileName, await readEnd(zip, entry));
  zip.close();
  const first = ends.get('xl/worksheets/sheet1.xml') ?? '';
  assert.ok(
    first.endsWith('<row r="1048576"><c r="A1048576"><v>1048575</v></c></row>\n</sheetData></worksheet>'),
  );
  const second = ends.get('xl/worksheets/sheet2.xml') ?? '';
  assert.ok(second.endsWith('<row r="2"><c r="A2"><v>1048576</v></c></row>\n</sheetData></worksheet>'));
  const workbook = ends.get('xl/workbook.xml') ?? '';
  assert.match(workbook, /<sheet name="long" [^>]*\/><sheet name="long \(2\)" [^>]*\/><\/sheets>/);
  assert.equal(ends.has('xl/worksheets/sheet3.xml'), false);
});
