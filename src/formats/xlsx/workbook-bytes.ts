import { type ZipEntry, zipBytes } from '../zip/zip-bytes.ts';
import { STYLES } from './styles.ts';
import {
  PACKAGE_RELATIONSHIPS,
  renderContentTypes,
  renderWorkbook,
  renderWorkbookRelationships,
  sheetName,
  sheetPath,
} from './workbook-parts.ts';

/**
 * The bytes of an XLSX file. The list of its sheets is its last part, so that a further one may follow for as long as there are rows.
 *
 * @param sheets XML of each, read one after the other
 * @param title name of the first sheet, and of the others with a number behind it
 */
export function workbookBytes(
  sheets: AsyncIterable<AsyncIterable<Uint8Array>>,
  title: string,
): AsyncIterable<Uint8Array> {
  return zipBytes(parts(sheets, title));
}

async function* parts(
  sheets: AsyncIterable<AsyncIterable<Uint8Array>>,
  title: string,
): AsyncGenerator<ZipEntry, void> {
  yield part('_rels/.rels', PACKAGE_RELATIONSHIPS);
  yield part('xl/styles.xml', STYLES);
  const names: string[] = [];
  for await (const bytes of sheets) {
    names.push(sheetName(title, names.length + 1));
    yield { name: sheetPath(names.length), bytes };
  }
  yield part('xl/workbook.xml', renderWorkbook(names));
  yield part('xl/_rels/workbook.xml.rels', renderWorkbookRelationships(names.length));
  yield part('[Content_Types].xml', renderContentTypes(names.length));
}

function part(name: string, text: string): ZipEntry {
  return { name, bytes: once(Buffer.from(text)) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
