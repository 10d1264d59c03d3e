/** A workbook is imported like any other file; what is rejected of it comes back as a workbook, and is accepted once it is corrected. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { inspectUpload } from '../../src/actions/inspection/inspect-upload.ts';
import { listIssues } from '../../src/actions/issues/read-issues.ts';
import type { Issue } from '../../src/core/issue.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../src/formats/source/decompression-limits.ts';
import { openZipFiles } from '../../src/formats/zip/zip-files.ts';
import { foreignWorkbook, row, text, zipOf } from '../unit/formats/xlsx/foreign-workbook.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Whose notation is not that of the workbook: a number and a date of a cell are what they are. */
const PEOPLE = {
  name: 'people',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      zip: { type: 'string', pattern: '^\\d{5}$' },
      born: { type: ['string', 'null'], format: 'date' },
      seen: { type: ['string', 'null'], format: 'date-time' },
      start: { type: ['string', 'null'], format: 'time' },
      worked: { type: ['string', 'null'] },
      paid: { type: ['number', 'null'] },
      account: { type: ['integer', 'null'] },
      active: { type: ['boolean', 'null'] },
    },
  },
  fields: {
    born: { datePatterns: ['dd.MM.yyyy'] },
    seen: { timeZone: 'Europe/Berlin' },
    paid: { decimalMark: ',', thousandsMark: '.' },
    active: { trueWords: ['ja'], falseWords: ['nein'] },
  },
};

const HEADER = row(
  1,
  ...['id', 'zip', 'born', 'seen', 'start', 'worked', 'paid', 'account', 'active'].map((name, i) =>
    text(`${'ABCDEFGHI'[i]}1`, name),
  ),
);

function person(at: number, zip: string, born: string): string {
  return row(
    at,
    `<c r="A${at}"><v>${at}</v></c>`,
    zip,
    born,
    `<c r="D${at}" s="3"><v>45322.5</v></c>`,
    `<c r="E${at}" s="4"><v>0.25</v></c>`,
    `<c r="F${at}" s="5"><v>1.5</v></c>`,
    `<c r="G${at}" s="6"><v>1234.5</v></c>`,
    `<c r="H${at}"><v>12345678901234567</v></c>`,
    `<c r="I${at}" t="b"><v>1</v></c>`,
  );
}

const BOOK = {
  sheets: [
    { name: 'Old', rows: row(1, text('A1', 'no')), state: 'hidden' as const },
    {
      name: 'People & more',
      rows:
        HEADER +
        person(2, '<c r="B2" s="1"><v>501</v></c>', '<c r="C2" s="2"><v>45322</v></c>') +
        person(4, text('B4', '10115'), text('C4', '31.01.2024')) +
        person(7, '<c r="B7"><v>501</v></c>', '<c r="C7" s="2"><v>45322</v></c>') +
        person(8, '<c r="B8" s="1"><v>502</v></c>', '<c r="C8" s="2"><v>60</v></c>') +
        person(9, '<c r="B9" s="1"><v>503</v></c>', '<c r="C9" t="e"><v>#N/A</v></c>'),
    },
  ].map((sheet) => ({ ...sheet, name: sheet.name.replace('&', '&amp;') })),
  formats: ['00000', 'dd/mm/yyyy', 'yyyy-mm-dd hh:mm', 'hh:mm', '[h]:mm', '#,##0.00'],
};

const STORED = {
  zip: '00501',
  born: '2024-01-31',
  start: '06:00:00',
  worked: '36:00:00',
  paid: '1234.5',
  account: '12345678901234567',
  active: true,
};

async function stored(columns = Object.keys(STORED).join()): Promise<Record<string, unknown>[]> {
  const found = await engine.database.pool.query<Record<string, unknown>>(
    `select id::int, ${columns}, (seen at time zone 'UTC')::text as seen from waybill_data.people order by id`,
  );
  return found.rows;
}

const COLUMNS = 'zip, born::text, start::text, worked, paid::text, account::text, active';
const SEEN = { seen: '2024-01-31 11:00:00' };

test('a workbook: imported, its failed rows corrected in a workbook, and accepted', async () => {
  await engine.apply(PEOPLE);
  const source = { upload: await engine.upload(await foreignWorkbook(BOOK), 'people.xlsx') };
  const inspected = (await inspectUpload(TOKEN_HOLDER, engine.actions, source.upload, {
    collection: 'people',
  })) as {
    dialect: object;
    sheets: object[];
    mapping: { problems: string[] };
  };
  assert.deepEqual(inspected.sheets, [
    { name: 'Old', state: 'hidden' },
    { name: 'People & more', state: 'visible' },
  ]);
  assert.deepEqual(inspected.mapping.problems, []);

  const validated = await engine.validate({ collection: 'people', source });
  const { job, issues } = await engine.import({ collection: 'people', source });
  assert.equal(job.failure?.message, undefined);
  assert.deepEqual(countsOf(job), { created: 2, rejected: 3 });
  assert.deepEqual(validated.issues, issues);
  assert.deepEqual(
    issues.map(({ record, line, field, code, value }) => [record, line, field, code, value]),
    [
      [3, 7, 'zip', 'field.pattern', '501'],
      [4, 8, 'born', 'cell.undated', '60'],
      [5, 9, 'born', 'cell.error', '#N/A'],
    ],
  );
  assert.deepEqual(await stored(COLUMNS), [
    { id: 2, ...STORED, ...SEEN },
    { id: 4, ...STORED, zip: '10115', ...SEEN },
  ]);

  const listed = await listIssues(TOKEN_HOLDER, engine.actions, job.id, { limit: 100 });
  const places = ["'People & more'!B7", "'People & more'!C8", "'People & more'!C9"];
  assert.deepEqual(
    listed.issues.map((issue) => (issue as Issue).cell),
    places,
  );
  const lines = (await engine.artifact(job, 'issues.csv')).toString().trim().split('\r\n');
  assert.deepEqual(
    lines.map((line) => line.split(',').at(-1)),
    ['cell', ...places],
  );

  const failed = await engine.artifact(job, 'failed.xlsx');
  // As a person would: 00507 as text, and two dates.
  const corrected = await editSheet(failed, (sheet) =>
    sheet
      .replace('<c r="E2"><v>501</v></c>', text('E2', '00507'))
      .replace('<c r="F3"><v>60</v></c>', '<c r="F3" s="2"><v>45322</v></c>')
      .replace('<c r="F4" t="e"><v>#N/A</v></c>', '<c r="F4" s="2"><v>45322</v></c>'),
  );
  const correction = await engine.correct(job, await engine.upload(corrected, 'failed.xlsx'));
  assert.equal(correction.job.failure?.message, undefined);
  assert.deepEqual(correction.issues, []);
  assert.deepEqual([countsOf(correction.job), correction.job.parentId], [{ created: 3 }, job.id]);
  assert.deepEqual(await stored(COLUMNS), [
    { id: 2, ...STORED, ...SEEN },
    { id: 4, ...STORED, zip: '10115', ...SEEN },
    { id: 7, ...STORED, zip: '00507', ...SEEN },
    { id: 8, ...STORED, zip: '00502', ...SEEN },
    { id: 9, ...STORED, zip: '00503', ...SEEN },
  ]);

  const exported = await engine.export({ collection: 'people', format: 'xlsx' });
  const [file] = (await engine.artifacts(exported.job)).filter(({ kind }) => kind === 'result');
  const back = await engine.upload(await engine.artifact(exported.job, file?.name ?? ''));
  const again = await engine.import({ collection: 'people', source: { upload: back } });
  assert.equal(again.job.failure?.message, undefined);
  assert.deepEqual([countsOf(again.job), again.issues], [{ unchanged: 5 }, []]);
});

async function editSheet(workbook: Buffer, edit: (xml: string) => string): Promise<Buffer> {
  const path = join(engine.dataDir, 'edited.xlsx');
  await writeFile(path, workbook);
  const files = await openZipFiles(path, { decompression: DEFAULT_DECOMPRESSION_LIMITS, maxFiles: 100 });
  const parts: Record<string, string> = {};
  for (const name of files.names()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await files.open(name)) ?? []) pieces.push(piece);
    parts[name] = Buffer.concat(pieces).toString();
  }
  files.close();
  const sheet = parts['xl/worksheets/sheet1.xml'] ?? '';
  const edited = edit(sheet);
  assert.notEqual(edited, sheet);
  return zipOf({ ...parts, 'xl/worksheets/sheet1.xml': edited });
}
