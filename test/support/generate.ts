/**
 * Files of people for tests and benchmarks: 12 columns, about 166 bytes a record, every tenth with a quoted line break. The
 * same options give the same bytes.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface PeopleFile {
  readonly records: number;
  /** Default 1. */
  readonly seed?: number;
  /** Share of records that break a rule of `PEOPLE_SCHEMA`. Default 0. */
  readonly badShare?: number;
  /**
   * Share of the second half's records that have the `id` of the record half a file before, and as many that have the `id` of
   * the record just before: wherever one cuts the file, there are duplicates on both sides, far ones and near ones. Default 0.
   */
  readonly duplicateShare?: number;
  /** The same for `code`, the second unique column, in other records. Default 0. */
  readonly conflictShare?: number;
  /** First `id`. Default 1. */
  readonly firstId?: number;
}

export const PEOPLE_FIELDS = [
  'id',
  'code',
  'first_name',
  'last_name',
  'email',
  'street',
  'city',
  'zip_code',
  'amount',
  'quantity',
  'joined',
  'note',
] as const;

/** What a person is; `amount` and `joined` are broken in bad records, and `last_name` is missing. */
export const PEOPLE_SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    code: { type: 'string' },
    first_name: { type: 'string' },
    last_name: { type: 'string' },
    email: { type: 'string' },
    street: { type: 'string' },
    city: { type: 'string' },
    zip_code: { type: 'string' },
    amount: { type: 'number', minimum: 0 },
    quantity: { type: 'integer' },
    joined: { type: 'string', format: 'date' },
    note: { type: 'string' },
  },
  required: ['id', 'last_name'],
} as const;

/** Columns for `create table`, without a key. */
export const PEOPLE_COLUMNS =
  'id bigint, code text, first_name text, last_name text, email text, street text, city text, zip_code text, ' +
  'amount numeric, quantity bigint, joined date, note text';

/** A generator of numbers from 0 to 1 with a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SYLLABLES = ['ka', 'lo', 'mi', 'ner', 'ta', 'vu', 'sel', 'o', 'ri', 'an', 'de', 'ush', 'bel', 'ga'];
const STREETS = ['Main Street', 'Oak Avenue', 'Hafenstraße', 'Rue de la Paix', 'Calle Mayor', 'Lindenallee'];
const CITIES = ['Springfield', 'Wien', 'Zürich', 'Łódź', 'São Paulo', 'Aix-en-Provence', 'Den Haag'];
const NOTES = [
  'prefers mail',
  'called twice',
  'pays late, always',
  'said "no, thanks"',
  'VIP',
  'moved in May',
];

/** Records per piece of the stream. */
const BATCH = 500;

/** Writes the file. @returns its size in bytes */
export async function writePeople(path: string, file: PeopleFile): Promise<number> {
  const sink = createWriteStream(path);
  await pipeline(Readable.from(peopleCsv(file)), sink);
  return sink.bytesWritten;
}

/** The file in pieces of some 80 KiB, the header first. */
export function* peopleCsv(file: PeopleFile): Generator<string> {
  const random = seededRandom(file.seed ?? 1);
  yield `${PEOPLE_FIELDS.join(',')}\n`;
  let piece = '';
  for (let record = 1; record <= file.records; record += 1) {
    piece += renderRecord(record, file, random);
    if (record % BATCH !== 0 && record !== file.records) continue;
    yield piece;
    piece = '';
  }
}

function renderRecord(record: number, file: PeopleFile, random: () => number): string {
  const id = (file.firstId ?? 1) + twinOf(record, file.records, file.duplicateShare ?? 0, random()) - 1;
  const code = (file.firstId ?? 1) + twinOf(record, file.records, file.conflictShare ?? 0, random()) - 1;
  const first = word(random, 2);
  const last = word(random, 3);
  const fields = [
    String(id),
    `C-${String(code).padStart(8, '0')}`,
    first,
    last,
    `${first}.${last}.${record}@example.org`,
    `${pick(STREETS, random)} ${1 + Math.floor(random() * 199)}`,
    pick(CITIES, random),
    String(Math.floor(random() * 100_000)).padStart(5, '0'),
    (random() * 10_000).toFixed(2),
    String(Math.floor(random() * 1000)),
    `20${digits(random, 25)}-${digits(random, 12)}-${digits(random, 28)}`,
    `record ${record}${record % 10 === 0 ? '\n' : ': '}${pick(NOTES, random)}; account ${digits(random, 1e9)}${digits(random, 99)}`,
  ];
  if (random() < (file.badShare ?? 0)) spoil(fields, random);
  return `${fields.map(quoteIfNeeded).join(',')}\n`;
}

/** The record whose value this one has: mostly its own. */
function twinOf(record: number, records: number, share: number, chance: number): number {
  const half = Math.floor(records / 2);
  if (record <= half) return record;
  if (chance < share) return record - half;
  return chance < 2 * share ? record - 1 : record;
}

/** Breaks one rule: a value that is no number, no date, or is missing. */
function spoil(fields: string[], random: () => number): void {
  const [at, value] = pick(
    [
      [PEOPLE_FIELDS.indexOf('amount'), '12,5x'],
      [PEOPLE_FIELDS.indexOf('joined'), '2024-02-31'],
      [PEOPLE_FIELDS.indexOf('last_name'), ''],
    ] as const,
    random,
  );
  fields[at] = value;
}

function word(random: () => number, syllables: number): string {
  let text = '';
  for (let at = 0; at < syllables; at += 1) text += pick(SYLLABLES, random);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function digits(random: () => number, most: number): string {
  return String(1 + Math.floor(random() * most)).padStart(2, '0');
}

function pick<T>(from: readonly T[], random: () => number): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

function quoteIfNeeded(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
