/**
 * What a number format makes of a number: a date, a time, a duration, or digits of a code. Sources: ECMA-376-1, sections 18.8.30 (numFmt and
 * its built-in ids) and 18.8.31 (numFmts).
 */
import { format as formatNumber } from 'numfmt';

/** `east`: a format whose id means a date in one country and a time in another. */
export type FormatKind = 'number' | 'digits' | 'date' | 'time' | 'date-time' | 'duration' | 'east';

export interface CellFormat {
  readonly kind: FormatKind;
  /** As it is written in the workbook, or as ECMA-376 has it. */
  readonly code: string;
  /** Its text was typed behind an apostrophe. */
  readonly isQuoted?: true;
}

export const GENERAL: CellFormat = { kind: 'number', code: 'General' };

/** Built-in formats that stand for something else than a number; 14 to 22 and 45 to 47 everywhere, 27 to 58 in East Asia, 71 to 81 in Thailand. */
const BUILT_IN: ReadonlyMap<number, CellFormat> = new Map([
  ...idsOf(
    'date',
    'yyyy-mm-dd',
    [14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58, 71, 72, 73, 74],
  ),
  ...idsOf('time', 'hh:mm:ss', [18, 19, 20, 21, 32, 33, 45, 47, 75, 76, 78, 80]),
  ...idsOf('date-time', 'yyyy-mm-dd hh:mm:ss', [22, 77]),
  ...idsOf('duration', '[h]:mm:ss', [46, 79]),
  ...idsOf('east', 'yyyy-mm-dd', [34, 35, 55, 56]),
  ...idsOf('date', 'yyyy-mm-dd', [81]),
]);

function idsOf(kind: FormatKind, code: string, ids: readonly number[]): [number, CellFormat][] {
  return ids.map((id) => [id, { kind, code }]);
}

export interface CellStyle {
  /** Of its number format. */
  readonly id: number;
  readonly isQuoted: boolean;
}

/** @param codes of the workbook's own formats, by id */
export function cellFormat({ id, isQuoted }: CellStyle, codes: ReadonlyMap<number, string>): CellFormat {
  const code = codes.get(id);
  const format = code === undefined ? (BUILT_IN.get(id) ?? GENERAL) : { kind: kindOfCode(code), code };
  return isQuoted ? { ...format, isQuoted } : format;
}

/** Of the section for positive numbers: quoted and escaped texts, colours, conditions and locales are none of it. */
function kindOfCode(code: string): FormatKind {
  const section =
    code
      .replaceAll(/"[^"]*"|\\.|_.|\*./g, '')
      .split(';')[0]
      ?.replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '') ?? '';
  if (/\[(?:h+|m+|s+)\]/i.test(section)) return 'duration';
  if (/general/i.test(section)) return 'number';
  const letters = section.replaceAll(/am\/pm|a\/p|上午\/下午/gi, 'h').toLowerCase();
  const hasTime = /[hs]/.test(letters);
  const hasDate = /[yd]|(?<![a-z])[eg]+(?![+\-a-z])/.test(letters) || (letters.includes('m') && !hasTime);
  if (hasDate) return hasTime ? 'date-time' : 'date';
  if (hasTime) return 'time';
  return /^[^#?.,%/@e]*0[^#?.,%/@e]*0[^#?.,%/@e]*$/.test(letters) ? 'digits' : 'number';
}

/** The text that a person sees, such as `00501` of 501 under `00000`; undefined where the format cannot show it. */
export function showDigits(number: string, code: string): string | undefined {
  const value = Number(number);
  // Of a fraction, and of what a double does not hold, the format shows something else than what is there.
  if (!Number.isSafeInteger(value)) return undefined;
  if (value >= 0 && /^0+$/.test(code)) return String(value).padStart(code.length, '0');
  try {
    return formatNumber(code, value, { nbsp: false, throws: true });
  } catch {
    return undefined;
  }
}
