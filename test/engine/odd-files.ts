/** CSV files with something above, between and below their records, in every encoding and compression, and how to have them read. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { RequestedDialect } from '../../src/actions/start-job/requested-dialect.ts';
import { findWindows1252Byte } from '../../src/formats/windows-1252.ts';

const ENCODINGS = {
  'utf-8': (text: string) => Buffer.from(text),
  'utf-8 with BOM': (text: string) => Buffer.from(`\ufeff${text}`),
  'utf-8 with two BOMs': (text: string) => Buffer.from(`\ufeff\ufeff${text}`),
  'utf-16le': (text: string) => Buffer.from(text, 'utf16le'),
  'utf-16le with BOM': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16be with BOM': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'windows-1252': (text: string) =>
    Buffer.from(Array.from(text, (sign) => findWindows1252Byte(sign) ?? 0x3f)),
} as const;

const COMPRESSIONS = {
  none: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gzipSync(bytes),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
} as const;

type Top = 'none' | 'headerRow' | 'skipLines' | 'sep' | 'sep and titles' | 'comments' | 'no header';

const TOPS: readonly Top[] = [
  'none',
  'headerRow',
  'skipLines',
  'sep',
  'sep and titles',
  'comments',
  'no header',
];

export interface Variant {
  readonly top: Top;
  readonly encoding: keyof typeof ENCODINGS;
  readonly compression: keyof typeof COMPRESSIONS;
  readonly lineEnd: string;
  readonly delimiter: string;
  readonly comment: string;
  /** Everything in quotes. */
  readonly isQuoted: boolean;
  readonly hasLastEnd: boolean;
}

export interface OddFile {
  readonly bytes: Buffer;
  readonly dialect: RequestedDialect;
  /** Of the records, by number from 1. */
  readonly lines: readonly number[];
  readonly bad: readonly number[];
}

/** Names and notes that begin as comments, titles and separators do, over several lines, and outside of ASCII. */
export function noteOf(id: number, { comment, lineEnd, delimiter }: Variant): string {
  const notes = [
    `Größe ${id}`,
    `two${lineEnd}${comment} lines`,
    `sep=${delimiter}`,
    `a${delimiter}b "c"`,
    '',
    `${comment}${id}`,
    `code${delimiter}note`,
  ];
  return notes[id % notes.length] ?? '';
}

export const RECORDS = 14;
export const BAD = [5, 11];

export function writeFile(variant: Variant): OddFile {
  const { top, lineEnd, delimiter, comment, isQuoted } = variant;
  const pieces: string[] = [];
  let line = 1;
  const add = (text: string) => {
    pieces.push(text);
    line += text.split(lineEnd).length;
  };
  const cell = (text: string) =>
    isQuoted || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const titles = [`Report of 2024${delimiter}${delimiter}`, '', `${comment} all of it`];
  const hasComments = top === 'comments';
  if (top.startsWith('sep')) add(`sep=${delimiter}`);
  if (top === 'headerRow' || top === 'skipLines' || top === 'sep and titles')
    for (const title of titles) add(title);
  if (hasComments) {
    add(`${comment} made by hand`);
    add(`${comment}"an open quote`);
  }
  const headerLine = line;
  if (top !== 'no header') add(['code', 'id', 'note'].map(cell).join(delimiter));
  const lines: number[] = [];
  for (let id = 1; id <= RECORDS; id += 1) {
    if (hasComments && id % 4 === 0) add(`${comment} between${delimiter}x${delimiter}y${delimiter}z "`);
    lines.push(line);
    const code = hasComments || id % 5 !== 0 ? `c${id}` : `${comment}${id}`;
    add([code, BAD.includes(id) ? `x${id}` : String(id), noteOf(id, variant)].map(cell).join(delimiter));
  }
  if (hasComments) add(`${comment} the end`);
  const text = pieces.join(lineEnd) + (variant.hasLastEnd ? lineEnd : '');
  const dialect: RequestedDialect = {
    ...(variant.encoding === 'windows-1252' && { encoding: 'windows-1252' }),
    ...(top === 'headerRow' || top === 'sep and titles' ? { headerRow: headerLine } : {}),
    ...(top === 'skipLines' && { skipLines: headerLine - 1 }),
    ...(top === 'sep and titles' && { delimiter }),
    ...(hasComments && { comment }),
    ...(top === 'no header' && { header: false }),
    ...(delimiter === '§' && { delimiter }),
  };
  const bytes = COMPRESSIONS[variant.compression](ENCODINGS[variant.encoding](text));
  return { bytes, dialect, lines, bad: BAD };
}

/** As a person would, in the encoding that the file has. */
export function repair(failed: Buffer, { encoding }: Variant): Buffer {
  const mend = (text: string) => text.replaceAll(/x(5|11)(?!\d)/g, '$1');
  if (encoding.startsWith('utf-16le')) return Buffer.from(mend(failed.toString('utf16le')), 'utf16le');
  if (encoding.startsWith('utf-16be'))
    return Buffer.from(mend(Buffer.from(failed).swap16().toString('utf16le')), 'utf16le').swap16();
  return Buffer.from(mend(failed.toString('latin1')), 'latin1');
}

export const arbitraryVariant: fc.Arbitrary<Variant> = fc.record({
  top: fc.constantFrom(...TOPS),
  encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[])),
  compression: fc.constantFrom(...(Object.keys(COMPRESSIONS) as (keyof typeof COMPRESSIONS)[])),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  delimiter: fc.constantFrom(',', ';', '\t', '|', '§'),
  comment: fc.constantFrom('#', '//', '§§', '--'),
  isQuoted: fc.boolean(),
  hasLastEnd: fc.boolean(),
});

/** Every kind of top, every encoding and every compression at least once, whatever is drawn. */
export const EXAMPLES: Variant[] = TOPS.map((top, index) => ({
  top,
  encoding: (Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[])[index] ?? 'utf-8',
  compression: (['none', 'gzip', 'zstd'] as const)[index % 3] ?? 'none',
  lineEnd: ['\n', '\r\n', '\r'][index % 3] ?? '\n',
  delimiter: [';', ',', '\t'][index % 3] ?? ',',
  comment: '#',
  isQuoted: index % 2 === 0,
  hasLastEnd: index % 2 === 1,
}));
