/**
 * What people's files do, case by case: the inputs of a case lie under `files/NN-name/`, and its expectation is a table of rows in one
 * of the test files of this folder. The rows run in order against a real server, by the real command line, in a copy of the folder:
 *
 *     describeCase('03-totals-row', [
 *       { run: 'collections apply sales.json' },
 *       {
 *         run: 'import totals.csv --into c03-sales',           // as typed behind `waybill`; 'quotes' keep words together
 *         exit: 2,                                             // default 0
 *         counts: { created: 2, rejected: 1 },                 // all that are not 0, of the job that the command started
 *         issues: ['line 4, day: field.not_date'],               // all of them, warnings too
 *         says: [/expected a date/],                           // each, in what the command prints
 *         neverSays: [/internal/],
 *         holds: { 'c03-sales': 'day,clicks,spend\n…' },       // whole exports afterwards, lines ended by \n
 *       },
 *       { run: 'import x.csv --into y', exit: 1, fails: 'job.field_mismatch' },
 *       { sql: "insert into h.tickets (title) values ('x') returning id", rows: [[3]] },
 *       { sqlFile: 'setup.sql' },
 *       { title: 'six kick-offs with one key', check: async ({ client, folder, run }) => { … } },
 *     ]);
 *
 * Each file of the folder must occur in a row. Large inputs are made by `generated-files.ts`. `covered.test.ts` fails for a case that has no
 * expectation.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WireOutcomes } from '../../src/sdk/wire.ts';
import { GENERATED_FILES } from './generated-files.ts';
import { type CasePlace, openPlace } from './place.ts';

export const FILES_FOLDER = join(import.meta.dirname, 'files');

export interface Expectation {
  readonly exit?: number;
  readonly says?: readonly RegExp[];
  readonly neverSays?: readonly RegExp[];
  readonly counts?: Partial<WireOutcomes>;
  /** `line 4, day: field.not_date`, or without a field `line 4: record.ragged_short`. */
  readonly issues?: readonly string[];
  /** Code of the job's failure. */
  readonly fails?: string;
}

export type Row = { readonly holds?: Readonly<Record<string, string>> } & (
  | ({ readonly run: string } & Expectation)
  | { readonly sql: string; readonly rows?: readonly (readonly unknown[])[] }
  | { readonly sqlFile: string }
  | { readonly title: string; readonly check: (place: CasePlace) => Promise<void> }
);

export function describeCase(name: string, rows: readonly Row[]): void {
  void test(`case ${name}`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-case-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const inputs = await copyInputs(name, folder);
    const place = await openPlace(folder);
    for (const row of rows) {
      await context.test(titleOf(row), async () => {
        await runRow(place, row);
        for (const [collection, text] of Object.entries(row.holds ?? {}))
          assert.equal(await place.exported(collection), text, `what ${collection} holds`);
      });
    }
    const told = rows.map(textOf).join('\n');
    const unused = inputs.filter((file) => !told.includes(file));
    assert.deepEqual(unused, [], 'each input occurs in a row');
  });
}

async function copyInputs(name: string, folder: string): Promise<string[]> {
  await cp(join(FILES_FOLDER, name), folder, { recursive: true });
  for (const [file, make] of Object.entries(GENERATED_FILES[name] ?? {}))
    await writeFile(join(folder, file), make());
  return readdir(folder);
}

function titleOf(row: Row): string {
  if ('run' in row) return row.run;
  if ('sql' in row) return row.sql;
  return 'sqlFile' in row ? row.sqlFile : row.title;
}

function textOf(row: Row): string {
  return 'check' in row ? row.check.toString() : titleOf(row);
}

async function runRow(place: CasePlace, row: Row): Promise<void> {
  if ('run' in row) return runCommand(place, row.run, row);
  if ('check' in row) return row.check(place);
  const sql = 'sql' in row ? row.sql : await readFile(join(place.folder, row.sqlFile), 'utf8');
  const found = await place.pool.query({ text: sql, rowMode: 'array' });
  if ('sql' in row && row.rows !== undefined) assert.deepEqual(found.rows, row.rows);
}

const STARTS_JOB = /^(import|validate|correct|export) /;

async function runCommand(place: CasePlace, command: string, expected: Expectation): Promise<void> {
  const { code, output } = await place.run(command);
  assert.equal(code, expected.exit ?? 0, `waybill ${command}\n${output}`);
  for (const pattern of expected.says ?? []) assert.match(output, pattern);
  for (const pattern of expected.neverSays ?? []) assert.doesNotMatch(output, pattern);
  const { counts, issues, fails } = expected;
  if (counts === undefined && issues === undefined && fails === undefined) return;
  assert.match(command, STARTS_JOB, 'only a command that starts a job has counts, issues and a failure');
  const job = await place.lastJob();
  assert.equal(job.failure?.code, fails, `${job.failure?.message}`);
  if (counts !== undefined) assert.deepEqual(countsOf(job.outcomes), counts);
  if (issues !== undefined) assert.deepEqual(await place.issuesOf(job), issues);
}

function countsOf(outcomes: WireOutcomes): Partial<WireOutcomes> {
  return Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count !== 0));
}
