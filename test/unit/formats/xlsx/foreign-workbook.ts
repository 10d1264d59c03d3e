/** Workbooks as other programs make them, put together part by part. */
import { ZipFile } from 'yazl';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

export interface ForeignSheet {
  readonly name: string;
  /** What stands in `sheetData`. */
  readonly rows: string;
  readonly state?: 'hidden' | 'veryHidden';
}

export interface ForeignWorkbook {
  readonly sheets: readonly ForeignSheet[];
  /** Content of `sst`. */
  readonly strings?: string;
  /** Format codes by id, from 164 on; the style with the same place is `s="place + 1"`. */
  readonly formats?: readonly string[];
  /** Built-in formats, behind those. */
  readonly formatIds?: readonly number[];
  readonly is1904?: boolean;
  /** Parts in place of those, or beside them. */
  readonly parts?: Readonly<Record<string, string>>;
}

/** A row of these cells, each an address and what is in the element. */
export function row(number: number, ...cells: readonly string[]): string {
  return `<row r="${number}">${cells.join('')}</row>`;
}

export function text(at: string, value: string): string {
  return `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
}

export async function foreignWorkbook(options: ForeignWorkbook): Promise<Buffer> {
  return zipOf({ ...partsOf(options), ...options.parts });
}

export async function zipOf(parts: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const pieces: Buffer[] = [];
  for await (const piece of zip.outputStream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

export function partsOf(options: ForeignWorkbook): Record<string, string> {
  const { sheets, strings, formats = [], formatIds = [], is1904 = false } = options;
  const list = sheets.map(({ name, state }, index) => {
    const hidden = state === undefined ? '' : ` state="${state}"`;
    return `<sheet name="${name}" sheetId="${index + 1}"${hidden} r:id="rId${index + 1}"/>`;
  });
  const relations = sheets.map(
    (_, index) =>
      `<Relationship Id="rId${index + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
  );
  const codes = formats.map(
    (code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code.replaceAll('"', '&quot;')}"/>`,
  );
  const ids = [0, ...formats.map((_, index) => 164 + index), ...formatIds];
  const styles = [...ids.map((id) => `<xf numFmtId="${id}"/>`), '<xf numFmtId="0" quotePrefix="1"/>'];
  return {
    '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr${is1904 ? ' date1904="1"' : ''}/><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}<Relationship Id="rStyles" Type="${RELATIONS}/styles" Target="styles.xml"/>${strings === undefined ? '' : `<Relationship Id="rStrings" Type="${RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>`}</Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${MAIN}"><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${styles.join('')}</cellXfs></styleSheet>`,
    ...(strings !== undefined && { 'xl/sharedStrings.xml': `<sst xmlns="${MAIN}">${strings}</sst>` }),
    ...Object.fromEntries(
      sheets.map(({ rows }, index) => [
        `xl/worksheets/sheet${index + 1}.xml`,
        `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`,
      ]),
    ),
  };
}
