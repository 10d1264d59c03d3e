/** Reads a workbook as a job does, from its sniffing to its records. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import {
  DEFAULT_READ_LIMITS,
  type SourceRecord,
  type WorkbookDialect,
} from '../../../../src/formats/format.ts';
import { sniffSource } from '../../../../src/formats/sniff/sniff-source.ts';
import { openSeekableSource } from '../../../../src/formats/source/open-seekable-source.ts';
import { xlsxFormat } from '../../../../src/formats/xlsx/xlsx-format.ts';
import { type ForeignWorkbook, foreignWorkbook } from './foreign-workbook.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-workbooks-'));
});
after(() => rm(folder, { recursive: true }));

let files = 0;
async function save(bytes: Buffer): Promise<string> {
  files += 1;
  const path = join(folder, `book${files}.xlsx`);
  await writeFile(path, bytes);
  return path;
}

export interface Found {
  readonly dialect: WorkbookDialect;
  readonly fields: readonly string[];
  readonly records: readonly SourceRecord[];
}

export async function readWorkbook(
  bytes: Buffer,
  overrides: Parameters<typeof sniffSource>[1] = {},
): Promise<Found> {
  const path = await save(bytes);
  const { dialect } = await sniffSource(path, overrides);
  assert.equal(dialect.format, 'xlsx');
  const source = await openSeekableSource({
    path,
    dialect,
    hash: `h${files}`,
    spoolDir: join(folder, 'spool'),
  });
  const reader = xlsxFormat.createReader({ dialect, limits: DEFAULT_READ_LIMITS });
  const records: SourceRecord[] = [];
  try {
    for await (const piece of source.read(0)) records.push(...reader.push(piece));
    records.push(...reader.end());
  } finally {
    await source.close();
  }
  return { dialect, fields: reader.fields, records };
}

export const read = async (options: ForeignWorkbook, overrides?: Parameters<typeof sniffSource>[1]) =>
  readWorkbook(await foreignWorkbook(options), overrides);
