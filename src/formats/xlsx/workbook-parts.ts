/** The parts of a workbook that are not its sheets: fixed texts, but for the list of sheets. Source: ECMA-376-1, section 18.2; part 2. */
import { escapeText } from './cells.ts';
import { MAIN, XML } from './styles.ts';

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

export const PACKAGE_RELATIONSHIPS = `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;

/** Of a sheet's name, in UTF-16 units. */
const MAX_NAME_CHARACTERS = 31;

/** Path of a sheet in the package. @param sheet from 1 */
export function sheetPath(sheet: number): string {
  return `xl/worksheets/sheet${sheet}.xml`;
}

export function renderWorkbook(names: readonly string[]): string {
  const sheets = names.map(
    (name, index) =>
      `<sheet name="${escapeText(name).replaceAll('"', '&quot;')}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  return `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONSHIPS}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

export function renderWorkbookRelationships(sheets: number): string {
  const relationship = (id: number, type: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${RELATIONSHIPS}/${type}" Target="${target}"/>`;
  const targets = numbers(sheets).map((sheet) =>
    relationship(sheet, 'worksheet', sheetPath(sheet).slice('xl/'.length)),
  );
  const styles = relationship(sheets + 1, 'styles', 'styles.xml');
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${targets.join('')}${styles}</Relationships>`;
}

export function renderContentTypes(sheets: number): string {
  const override = (path: string, type: string) =>
    `<Override PartName="/${path}" ContentType="${TYPE}.${type}+xml"/>`;
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override('xl/workbook.xml', 'sheet.main') +
    override('xl/styles.xml', 'styles') +
    numbers(sheets)
      .map((sheet) => override(sheetPath(sheet), 'worksheet'))
      .join('') +
    '</Types>'
  );
}

/**
 * A name that a sheet may have, for the sheet of this number: at most 31 characters, none of `[]:*?/\`, no apostrophe at an end, and not
 * "History", which Excel keeps for itself. Source: ECMA-376-1, section 18.2.19; Microsoft, Rename a worksheet.
 */
export function sheetName(title: string, sheet: number): string {
  const suffix = sheet === 1 ? '' : ` (${sheet})`;
  // oxlint-disable-next-line no-control-regex -- not allowed in a name
  const plain = title.replaceAll(/[[\]:*?/\\\0-\x1f]/g, '_').replaceAll(/^'+|'+$/g, '');
  const cut = plain.slice(0, MAX_NAME_CHARACTERS - suffix.length);
  // Not with half a character, nor with an apostrophe that stood inside before.
  const name = cut.replace(/[\ud800-\udbff]$/, '').replace(/'+$/, '') || 'Sheet';
  return (/^history$/i.test(name) ? `${name}_` : name) + suffix;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
