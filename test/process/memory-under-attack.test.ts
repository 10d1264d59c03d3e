/** What a file, a record or a request can make a process take, cause by cause: a small version of each, held to the bound that is stated. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { constants, createZstdCompress } from 'node:zlib';
import { processedRecords } from '../../src/core/counts.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const MB = 1024 * 1024;
/** docs/operating.md */
const BOUND_MB = 256;

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
});
after(async () => {
  await server.stop();
  await database.drop();
});

/** Counts the most memory of a process anew from here on (`man proc`: 5 resets the peak). */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function peakMegabytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

interface Attack {
  readonly name: string;
  readonly fileName: string;
  readonly file: () => Readable;
  /** Where it is not `BOUND_MB`. */
  readonly boundMb?: number;
  readonly records: number;
  /** Of these. */
  readonly rejected: number;
  readonly properties: Readonly<Record<string, object>>;
}

function lines(count: number, line: (at: number) => string): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < count; at += 1) yield line(at);
    })(),
  );
}

const id = { type: 'integer' };
const COLUMNS = 1_500;
const columnNames = Array.from({ length: COLUMNS }, (_, at) => `c${at}`);

const ATTACKS: readonly Attack[] = [
  {
    name: 'texts of 1 MB',
    fileName: 'long.csv',
    file: () => lines(41, (at) => (at === 0 ? 'id,text\n' : `${at},${'x'.repeat(MB)}\n`)),
    records: 40,
    rejected: 0,
    properties: { id, text: { type: 'string' } },
  },
  {
    name: 'records of many columns, all right',
    fileName: 'wide-right.csv',
    file: () =>
      lines(301, (at) => (at === 0 ? `id,${columnNames.join()}\n` : `${at}${',1'.repeat(COLUMNS)}\n`)),
    records: 300,
    rejected: 0,
    properties: { id, ...Object.fromEntries(columnNames.map((name) => [name, { type: 'string' }])) },
  },
  {
    name: 'deeply nested values',
    fileName: 'deep.jsonl',
    file: () => lines(20_000, (at) => `{"id":${at},"deep":${'['.repeat(60)}${']'.repeat(60)}}\n`),
    records: 20_000,
    rejected: 0,
    properties: { id, deep: { type: 'array' } },
  },
  {
    name: 'a zstd frame with a window of 128 MB',
    fileName: 'window.csv.zst',
    file: () =>
      lines(300_001, (at) => (at === 0 ? 'id,text\n' : `${at},${(at * 7919).toString(36)}\n`)).pipe(
        createZstdCompress({
          params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 },
        }),
      ),
    records: 300_000,
    rejected: 0,
    properties: { id, text: { type: 'string' } },
  },
  {
    name: 'records of many columns, each wrong',
    fileName: 'wide.csv',
    file: () =>
      lines(201, (at) => (at === 0 ? `id,${columnNames.join()}\n` : `${at}${',x'.repeat(COLUMNS)}\n`)),
    boundMb: 288,
    records: 200,
    rejected: 200,
    properties: { id, ...Object.fromEntries(columnNames.map((name) => [name, { type: 'integer' }])) },
  },
];

for (const [at, attack] of ATTACKS.entries()) {
  test(attack.name, { timeout: 240_000 }, async (context) => {
    const { client } = server;
    const collection = `attack${at}`;
    await client.applyCollection(collection, {
      name: collection,
      key: ['id'],
      schema: { type: 'object', properties: attack.properties },
    });
    const [worker = -1] = server.workers();
    for (const pid of [worker, server.pid]) forgetPeak(pid);
    const upload = await client.upload(attack.file(), attack.fileName);
    const started = await client.startJob('validation', { collection, source: { upload: upload.id } });
    const job = await client.waitForJob(started.id);
    assert.deepEqual(server.workers(), [worker], 'the worker has lived');
    const peaks = [peakMegabytes(worker), peakMegabytes(server.pid)];
    context.diagnostic(`at most ${peaks.map((peak) => peak.toFixed(0)).join(' and ')} MB, worker and server`);
    assert.equal(job.outcomes.rejected, attack.rejected);
    assert.equal(processedRecords({ ...job.outcomes, warned: 0 }), attack.records);
    for (const peak of peaks) assert.ok(peak < (attack.boundMb ?? BOUND_MB), `${peak} MB`);
  });
}
