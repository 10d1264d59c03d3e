/** The file of refused records: it must hold exactly those, as they were sent; repaired, it is sent again. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { insist, type Surroundings } from './ask.ts';
import { type Cell, FIELDS, type Field, type SentRecord } from './records.ts';
import { quoteCell, type SourceShape } from './render-source.ts';
import type { Sabotage } from './sabotage.ts';
import type { SeenJob } from './watch.ts';

interface Refused {
  readonly record: number;
  readonly sent: SentRecord;
}

/** A row of the file: three columns that say where it comes from, and the record. */
type Row = Readonly<Record<string, string | number | null>>;

const OWN_COLUMNS = ['waybill_job', 'waybill_record', 'waybill_issues'];

/** @returns the file to send, with the records that are in it; undefined: the file is wrong, which has been reported */
export async function repairRecords(
  { around, sabotage, where }: { around: Surroundings; sabotage: Sabotage; where: string },
  job: SeenJob,
  refused: readonly Refused[],
  { format }: SourceShape,
): Promise<{ bytes: Buffer; records: readonly SentRecord[] } | undefined> {
  const answer = await insist(around, `/v1/jobs/${job.id}/failed-rows`);
  if (answer.status !== 200) {
    around.faults.report('failed rows', where, `${answer.status} ${answer.bytes.toString().slice(0, 300)}`);
    return undefined;
  }
  const rows = sabotage.seeFailedRows(parseRows(decompress(answer.bytes), format));
  const wrong =
    rows.length === refused.length ? rows.findIndex((row, at) => !isRow(row, job, refused[at])) : 0;
  if (wrong >= 0 && refused.length > 0) {
    const [is, should] = [JSON.stringify(rows[wrong]), JSON.stringify(refused[wrong])];
    around.faults.report(
      'failed rows',
      where,
      `${rows.length} of ${refused.length}; row ${wrong}: ${is} of ${should}`,
    );
    return undefined;
  }
  const records = refused.map(({ sent }) => repair(sent));
  return { bytes: Buffer.from(renderRepaired(rows, records, format)), records };
}

function decompress(bytes: Buffer): string {
  if (bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return gunzipSync(bytes).toString();
  if (bytes.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])))
    return zstdDecompressSync(bytes).toString();
  return bytes.toString();
}

function parseRows(text: string, format: SourceShape['format']): readonly Row[] {
  if (format === 'csv') return parse(text, { columns: true }) as Row[];
  if (format === 'json') return JSON.parse(text) as Row[];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row);
}

function isRow(row: Row, job: SeenJob, refused: Refused | undefined): boolean {
  const { sent, record } = refused as Refused;
  if (String(row['waybill_job']) !== String(job.number) || String(row['waybill_record']) !== String(record))
    return false;
  // Numbers of JSON have lost their zeros on the way through this parser.
  const same = (is: Row[string] | undefined, should: Cell) =>
    String(is ?? '') === (should ?? '') || (typeof is === 'number' && is === Number(should));
  return FIELDS.every((field) => same(row[field], sent.cells[field]));
}

function repair({ cells, repairs }: SentRecord): SentRecord {
  return { cells: { ...cells, ...repairs }, defects: {}, repairs: {} };
}

function renderRepaired(
  rows: readonly Row[],
  records: readonly SentRecord[],
  format: SourceShape['format'],
): string {
  const own = (row: Row) => OWN_COLUMNS.map((name) => [name, row[name]] as const);
  if (format !== 'csv') {
    const objects = rows.map((row, at) =>
      JSON.stringify({ ...Object.fromEntries(own(row)), ...jsonCells(records[at]) }),
    );
    return format === 'json' ? `[${objects.join(',')}]` : objects.join('\n');
  }
  const fields = Object.keys(rows[0] ?? {}).filter((name) => !OWN_COLUMNS.includes(name)) as Field[];
  const lines = rows.map((row, at) =>
    [
      ...own(row).map(([, value]) => quoteCell(String(value))),
      ...fields.map((field) => quoteCell(records[at]?.cells[field])),
    ].join(','),
  );
  return [[...OWN_COLUMNS, ...fields].join(','), ...lines, ''].join('\n');
}

function jsonCells(record: SentRecord | undefined): Readonly<Record<string, Cell>> {
  return Object.fromEntries(Object.entries(record?.cells ?? {}).filter(([, cell]) => cell !== undefined));
}
