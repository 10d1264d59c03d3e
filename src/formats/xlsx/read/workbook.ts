/** A workbook as others made it: its sheets, the formats of its cells, its shared texts. Sources: ECMA-376-1, 18.2 (workbook), 18.8 (styles); part 2 (package). */
import { posix } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { DecompressionLimits } from '../../source/decompression-limits.ts';
import { openZipFiles, type ZipFiles } from '../../zip/zip-files.ts';
import { type CellFormat, type CellStyle, cellFormat, GENERAL } from './cell-format.ts';
import { NO_STRINGS, readFirstStrings, readSharedStrings, type SharedStrings } from './shared-strings.ts';
import { createXmlReader, damagedPart, readXml, type XmlHandlers } from './xml-events.ts';

export const SHEET_STATES = ['visible', 'hidden', 'very hidden'] as const;

export interface Sheet {
  readonly name: string;
  readonly state: (typeof SHEET_STATES)[number];
  /** Of its part in the archive. */
  readonly path: string;
}

export interface Workbook {
  /** In the order of their tabs, charts and macros left out. */
  readonly sheets: readonly Sheet[];
  readonly is1904: boolean;
  /** By the style of a cell. */
  format(style: string | undefined): CellFormat;
  readSheet(sheet: Sheet, handlers: XmlHandlers): AsyncIterable<void>;
  /** The first shared texts, as many as there are of these. */
  firstStrings(count: number): Promise<readonly string[]>;
  /** @param folder for texts that memory should not hold */
  strings(folder: string): Promise<SharedStrings>;
  close(): void;
}

/** Parts of a package; a workbook has a few for each sheet, chart and picture. */
const MAX_PARTS = 20_000;

/**
 * @param path of a local file
 * @throws AppError `source.binary` for another kind of archive; `source.unreadable`, `format.limit_exceeded`
 */
export async function openWorkbook(path: string, decompression: DecompressionLimits): Promise<Workbook> {
  const files = await openZipFiles(path, { decompression, maxFiles: MAX_PARTS });
  try {
    return await describeWorkbook(createParts(files));
  } catch (error) {
    files.close();
    throw error;
  }
}

/** Parts by name, in any case: what a package's names say is the same in upper case. */
interface Parts {
  has(name: string): boolean;
  /** Undefined: there is none of this name. */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  close(): void;
}

function createParts(files: ZipFiles): Parts {
  const names = new Map([...files.names()].map((name) => [name.toLowerCase(), name]));
  const find = (name: string) => names.get(name.toLowerCase());
  return {
    has: (name) => find(name) !== undefined,
    open: async (name) => {
      const found = find(name);
      return found === undefined ? undefined : files.open(found);
    },
    close: () => files.close(),
  };
}

async function describeWorkbook(parts: Parts): Promise<Workbook> {
  refuseOthers(parts);
  const main =
    (await readRelations(parts, '')).find(({ type }) => type === 'officeDocument')?.target ??
    'xl/workbook.xml';
  if (!parts.has(main))
    throw otherArchive('a ZIP archive that is no workbook', 'Unpack it, or send the workbook itself');
  const relations = await readRelations(parts, main);
  const { sheets, is1904 } = await readMain(parts, main, relations);
  if (sheets.length === 0) throw damagedPart(main, 'it lists no sheet');
  const partOf = (type: string) => relations.find((relation) => relation.type === type)?.target;
  const formats = await readStyles(parts, partOf('styles'));
  const shared = partOf('sharedStrings');
  return {
    sheets,
    is1904,
    format: (style) => (style === undefined ? (formats[0] ?? GENERAL) : (formats[Number(style)] ?? GENERAL)),
    readSheet: (sheet, handlers) => readPart(parts, sheet.path, handlers),
    firstStrings: async (count) => {
      const bytes = shared === undefined ? undefined : await parts.open(shared);
      return shared === undefined || bytes === undefined ? [] : readFirstStrings(shared, bytes, count);
    },
    strings: async (folder) => {
      const bytes = shared === undefined ? undefined : await parts.open(shared);
      return shared === undefined || bytes === undefined
        ? NO_STRINGS
        : readSharedStrings(shared, bytes, folder);
    },
    close: () => parts.close(),
  };
}

/** Archives that people take for workbooks, or that their programs do. */
function refuseOthers(parts: Parts): void {
  if (parts.has('xl/workbook.bin'))
    throw otherArchive('a binary Excel workbook (.xlsb)', 'Save it as an Excel workbook (.xlsx) or as CSV');
  if (parts.has('content.xml') && parts.has('mimetype'))
    throw otherArchive('an OpenDocument file (.ods)', 'Save the spreadsheet as .xlsx or as CSV');
  if (parts.has('word/document.xml'))
    throw otherArchive('a Word document (.docx)', 'Send the table as .xlsx or as CSV');
  if (parts.has('ppt/presentation.xml'))
    throw otherArchive('a PowerPoint presentation (.pptx)', 'Send a table as .xlsx or as CSV');
  if (parts.has('Index/Document.iwa'))
    throw otherArchive('a Numbers document', 'Export it as .xlsx or as CSV');
}

function otherArchive(what: string, advice: string): AppError {
  return new AppError('source.binary', `The source is not a workbook: it is ${what}. ${advice}.`, {
    details: { reason: what },
  });
}

async function* readPart(parts: Parts, name: string, handlers: XmlHandlers): AsyncIterable<void> {
  const bytes = await parts.open(name);
  if (bytes === undefined) throw damagedPart(name, 'it is missing');
  const reader = createXmlReader(name, handlers);
  for await (const piece of bytes) {
    reader.push(piece);
    yield;
  }
  reader.end();
  yield;
}

interface Relation {
  readonly id: string;
  /** The last part of its type's address, which is one of two for the same thing. */
  readonly type: string;
  readonly target: string;
}

/** @param source part whose relations they are; `''` of the package itself */
async function readRelations(parts: Parts, source: string): Promise<readonly Relation[]> {
  const folder = posix.dirname(source);
  const name = posix.join(folder, '_rels', `${posix.basename(source)}.rels`);
  const bytes = await parts.open(name);
  const relations: Relation[] = [];
  if (bytes === undefined) return relations;
  await readXml(name, bytes, {
    open(element, attributes) {
      if (element !== 'Relationship' || attributes.get('TargetMode') === 'External') return;
      const type = attributes.get('Type') ?? '';
      relations.push({
        id: attributes.get('Id') ?? '',
        type: type.slice(type.lastIndexOf('/') + 1),
        target: resolve(folder, attributes.get('Target') ?? ''),
      });
    },
  });
  return relations;
}

function resolve(folder: string, target: string): string {
  const path = target.startsWith('/') ? target.slice(1) : posix.join(folder, target);
  return posix.normalize(path);
}

async function readMain(
  parts: Parts,
  main: string,
  relations: readonly Relation[],
): Promise<{ sheets: Sheet[]; is1904: boolean }> {
  const sheets: Sheet[] = [];
  let is1904 = false;
  const bytes = await parts.open(main);
  if (bytes === undefined) throw damagedPart(main, 'it is missing');
  await readXml(main, bytes, {
    open(element, attributes) {
      if (element === 'workbookPr') is1904 = isTrue(attributes.get('date1904'));
      if (element !== 'sheet') return;
      const related = attributes.get('id');
      const relation = relations.find(({ id }) => id === related);
      if (relation?.type !== 'worksheet') return;
      sheets.push({
        name: attributes.get('name') ?? '',
        state: stateOf(attributes.get('state')),
        path: relation.target,
      });
    },
  });
  return { sheets, is1904 };
}

function stateOf(state: string | undefined): Sheet['state'] {
  if (state === 'veryHidden') return 'very hidden';
  return state === 'hidden' ? 'hidden' : 'visible';
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

/** The formats of cells, by their styles. A workbook without styles has none but General. */
async function readStyles(parts: Parts, name: string | undefined): Promise<readonly CellFormat[]> {
  const bytes = name === undefined ? undefined : await parts.open(name);
  if (name === undefined || bytes === undefined) return [];
  const codes = new Map<number, string>();
  const styles: CellStyle[] = [];
  let isInCells = false;
  await readXml(name, bytes, {
    open(element, attributes) {
      if (element === 'numFmt')
        codes.set(Number(attributes.get('numFmtId')), attributes.get('formatCode') ?? '');
      else if (element === 'cellXfs') isInCells = true;
      else if (element === 'xf' && isInCells)
        styles.push({
          id: Number(attributes.get('numFmtId') ?? 0),
          isQuoted: isTrue(attributes.get('quotePrefix')),
        });
    },
    close(element) {
      if (element === 'cellXfs') isInCells = false;
    },
  });
  return styles.map((style) => cellFormat(style, codes));
}

/**
 * @param wanted a name in any case, or a number from 1, also as text; default: the first that is not hidden
 * @throws AppError `format.invalid_option` where there is none
 */
export function chooseSheet(sheets: readonly Sheet[], wanted: string | number | undefined): Sheet {
  const byName =
    sheets.find(({ name }) => name === wanted) ??
    sheets.find(({ name }) => name.toLowerCase() === String(wanted).toLowerCase());
  const visible = sheets.find(({ state }) => state === 'visible') ?? sheets[0];
  const isNumber = /^[1-9]\d*$/.test(String(wanted));
  const asked =
    (typeof wanted === 'number' ? undefined : byName) ?? (isNumber ? sheets[Number(wanted) - 1] : undefined);
  const found = wanted === undefined ? visible : asked;
  if (found !== undefined) return found;
  const names = sheets.map(({ name }) => JSON.stringify(name)).join(', ');
  const what = typeof wanted === 'number' ? `sheet ${wanted}` : `sheet ${JSON.stringify(wanted)}`;
  throw new AppError('format.invalid_option', `The workbook has no ${what}; it has ${names}.`, {
    details: { sheet: wanted, sheets: sheets.map(({ name }) => name) },
  });
}
