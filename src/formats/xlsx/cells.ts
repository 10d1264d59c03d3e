/** Values as cells of a sheet. Source: ECMA-376-1, sections 18.3.1.4 (c), 18.18.11 (ST_CellType), 22.9.2.19 (ST_Xstring). */
import type { SourceValue } from '../format.ts';
import { serialOf } from './read/serial-date.ts';
import { MOMENT_STYLES, QUOTED } from './styles.ts';

/** Null where an empty cell does not say it: in a row that has nothing else, which would be none. Typed behind an apostrophe, unlike a text of these letters. */
export const WRITTEN_NULL = String.raw`\N`;

/** Characters of one cell, in UTF-16 units. Source: Microsoft, Excel specifications and limits. */
export const MAX_CELL_CHARACTERS = 32_767;

/** Digits that a spreadsheet shows and keeps; the 16th becomes a zero as soon as somebody edits the cell. */
const MAX_DIGITS = 15;

/** `A` to `Z`, `AA` and on. @param index from 0 */
export function columnLetters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnLetters(Math.floor(index / 26) - 1) + letter;
}

/**
 * One cell; nothing for what is null or absent. Numbers are numbers where a spreadsheet keeps each of their digits, else text. Text is
 * text whatever it looks like: no leading zero is lost, and no formula is run.
 *
 * @param at address, such as `B7`
 */
export function renderCell(at: string, value: SourceValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return textCell(at, value, value === '' ? QUOTED : undefined);
  if (value.kind === 'error') return `<c r="${at}" t="e"><v>${escapeText(value.text)}</v></c>`;
  if (value.kind === 'moment' || value.kind === 'duration') return momentCell(at, value.text);
  if (value.kind === 'uncalculated') return '';
  // What a person sees is more than the number: `00501` of 501.
  if (value.shown !== undefined && value.kind === 'number' && value.shown !== value.text)
    return textCell(at, value.shown);
  if (value.kind === 'boolean') return `<c r="${at}" t="b"><v>${value.text === 'true' ? 1 : 0}</v></c>`;
  return (value.kind === 'number' || value.kind === 'undated') && isExact(value.text)
    ? `<c r="${at}"><v>${value.text}</v></c>`
    : textCell(at, value.text);
}

/** As the number of its day, under a format that shows it; as text where it is none. */
function momentCell(at: string, text: string): string {
  const found = serialOf(text);
  return found === undefined
    ? textCell(at, text)
    : `<c r="${at}" s="${MOMENT_STYLES[found.kind]}"><v>${found.serial}</v></c>`;
}

/** @param style index into the styles of the workbook */
export function textCell(at: string, text: string, style?: number): string {
  const styled = style === undefined ? '' : ` s="${style}"`;
  const space = /^\s|\s$|\n/.test(text) ? ' xml:space="preserve"' : '';
  return `<c r="${at}"${styled} t="inlineStr"><is><t${space}>${escapeText(text)}</t></is></c>`;
}

/** True for a decimal number whose digits a double and a spreadsheet keep. */
export function isExact(number: string): boolean {
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE][+-]?\d+)?$/.exec(number);
  if (match === null) return false;
  const digits = `${match[1]}${match[2] ?? ''}`.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return true;
  const size = Math.abs(Number(number));
  return digits.length <= MAX_DIGITS && size >= 1e-307 && size < 1e308;
}

/** What XML has a use for, what it cannot hold, and underscores, which begin the way of writing the latter. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /[&<>_\0-\x08\x0b-\x1f\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex
const UNWRITABLE = /[\0-\x08\x0b-\x1f\ufffe\uffff]/g;
/** Would be read as an escaped character, also together with what an unwritable character behind it becomes. */
// oxlint-disable-next-line no-control-regex
const SEEMING_ESCAPE = /_(?=x[0-9A-Fa-f]{4}[_\0-\x08\x0b-\x1f\ufffe\uffff])/g;

/** Text of a cell or an attribute: characters that XML 1.0 cannot hold, and CR, which its readers take for a line feed, as `_xHHHH_`. */
export function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replaceAll(SEEMING_ESCAPE, '_x005F_')
    .replaceAll(UNWRITABLE, (character) => `_x${hex(character)}_`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
