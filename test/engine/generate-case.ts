/** Files, tables and what the tables have already, made so that everything that can be wrong with a record is often wrong. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { Definition } from './harness.ts';
import { FEATURES, type Feature, type FeatureName, featuresOf } from './table-features.ts';

const FORMATS = ['csv', 'csv', 'csv', 'jsonl', 'json'] as const;
const ENCODINGS = ['utf-8', 'utf-8', 'utf-8', 'utf-16le', 'windows-1252'] as const;
const COMPRESSIONS = ['none', 'none', 'none', 'gzip', 'zstd'] as const;

/** Indexes beside the key. */
const UNIQUES = {
  none: '',
  full: 'create unique index on TABLE (email)',
  composite: 'create unique index on TABLE (email, qty) nulls not distinct',
  partial: 'create unique index on TABLE (email) where qty > 0',
  expression: 'create unique index on TABLE (lower(email))',
  deferrable: 'alter table TABLE add unique (email) deferrable initially deferred',
} as const;

/** The key's columns, in the order of the definition. */
const KEYS = { number: ['id'], pair: ['id', 'code'], none: [] } as const;

/** One field of one record: null is an empty unquoted CSV field or a JSON null, undefined is absent. */
export type Cell = string | null | undefined;

export interface GeneratedCase {
  readonly key: keyof typeof KEYS;
  readonly unique: keyof typeof UNIQUES;
  readonly features: readonly FeatureName[];
  readonly hasScope: boolean;
  readonly hasRecordRule: boolean;
  readonly refusesUnknown: boolean;
  readonly mode: 'insert' | 'update' | 'upsert' | 'delete' | 'replace';
  readonly atomicity: 'chunk' | 'all';
  readonly duplicates: 'error' | 'first' | 'last';
  readonly format: (typeof FORMATS)[number];
  readonly encoding: (typeof ENCODINGS)[number];
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly existing: readonly ExistingRow[];
  readonly records: readonly GeneratedRecord[];
  readonly validationChunk: number;
  readonly importChunk: number;
}

interface ExistingRow {
  readonly id: number;
  readonly code: string;
  readonly email: string | null;
  readonly qty: number | null;
  readonly account: number;
}

interface GeneratedRecord {
  readonly cells: readonly Cell[];
  /** What else is wrong with the bytes of the record. */
  readonly flaw: 'none' | 'short' | 'long' | 'bad byte' | 'stray quote' | 'broken';
}

export const FIELDS = [
  'id',
  'code',
  'email',
  'mood',
  'price',
  'qty',
  'parent',
  'born',
  'boss',
  'note',
] as const;

/** Cells that pass the rules (and may well conflict with each other), and others. */
const POOLS: Readonly<Record<(typeof FIELDS)[number], { good: readonly Cell[]; odd: readonly Cell[] }>> = {
  id: {
    good: Array.from({ length: 20 }, (_, index) => String(index + 1)),
    odd: [' 2', '3.0', '03', '', 'x', null, '99999999999999999999'],
  },
  code: { good: ['a', 'b', 'c'], odd: ['toolong', 'é', '', null, 'A'] },
  email: {
    good: ['a@x', 'A@X', 'b@x', 'c@x', 'd@x', 'e@x', 'f@x', 'g@x', 'h@x', 'i@x', 'j@x', null, null],
    odd: ['', 'f@x\u0000', undefined, ' a@x'],
  },
  mood: { good: ['ok', 'bad', null], odd: ['Ok', '', undefined] },
  price: {
    good: ['1', '1.50', '1.5', null],
    odd: ['12.345', '9999.99', '10000', '1e2', 'NaN', '12,5', '', undefined],
  },
  qty: { good: ['1', '2', '0'], odd: ['-1', '3000000000', '1.5', '', null, undefined] },
  parent: { good: ['p1', 'p2', null], odd: ['p3', '', undefined] },
  born: { good: ['2024-02-29', null], odd: ['2023-02-29', 'today', '1999-12-31', '', undefined] },
  boss: {
    good: [null, ...Array.from({ length: 16 }, (_, index) => String(index + 1))],
    odd: ['99', 'x', '', undefined],
  },
  note: {
    good: ['n', 'other'],
    odd: ['a "quoted" note', 'line\nbreak', 'x'.repeat(250), '😀', '', null, undefined],
  },
};

const record: fc.Arbitrary<GeneratedRecord> = fc.record({
  cells: fc.tuple(...FIELDS.map((field) => mostlyGood(POOLS[field]))),
  flaw: fc.oneof(
    { weight: 24, arbitrary: fc.constant('none' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<GeneratedRecord['flaw']>(
        'short',
        'long',
        'bad byte',
        'stray quote',
        'broken',
      ),
    },
  ),
});

/** Nine fields, so that about half of the records pass all rules and meet the target. */
function mostlyGood({ good, odd }: { good: readonly Cell[]; odd: readonly Cell[] }): fc.Arbitrary<Cell> {
  return fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

const existingRow: fc.Arbitrary<ExistingRow> = fc.record({
  id: fc.integer({ min: 1, max: 20 }),
  code: fc.constantFrom('a', 'b'),
  email: fc.constantFrom('a@x', 'B@x', 'c@x', 'd@x', 'y@x', 'z@x', null),
  qty: fc.constantFrom(0, 1, 2, null),
  account: fc.constantFrom(7, 7, 8),
});

export const generatedCase: fc.Arbitrary<GeneratedCase> = fc.record({
  key: fc.constantFrom('number', 'number', 'pair', 'none'),
  unique: fc.constantFrom(...(Object.keys(UNIQUES) as (keyof typeof UNIQUES)[])),
  features: fc.subarray(Object.keys(FEATURES) as FeatureName[], { maxLength: 4 }),
  hasScope: fc.boolean(),
  hasRecordRule: fc.boolean(),
  refusesUnknown: fc.boolean(),
  mode: fc.constantFrom('insert', 'insert', 'update', 'upsert', 'upsert', 'delete', 'replace'),
  atomicity: fc.constantFrom('chunk', 'chunk', 'chunk', 'all'),
  duplicates: fc.constantFrom('error', 'first', 'last'),
  format: fc.constantFrom(...FORMATS),
  encoding: fc.constantFrom(...ENCODINGS),
  compression: fc.constantFrom(...COMPRESSIONS),
  existing: fc.array(existingRow, { maxLength: 12, size: 'max' }),
  records: fc.array(record, { minLength: 1, maxLength: 24, size: 'max' }),
  validationChunk: fc.constantFrom(1, 3, 1000),
  importChunk: fc.constantFrom(1, 3, 7, 1000),
});

/** Statements that make the table; `table` is a plain name. */
export function tableStatements(made: GeneratedCase, table: string): string[] {
  const features = featuresOf(made);
  const used = features.map((feature): Feature => FEATURES[feature]);
  const changed = new Map(used.flatMap(({ column }) => (column === undefined ? [] : [column])));
  const isParted = features.includes('partitions');
  const columns = [
    ...(made.hasScope ? ['account int not null'] : []),
    'id bigint',
    'code varchar(4)',
    `email ${changed.get('email') ?? 'text'}`,
    `mood engine_mood`,
    'price numeric(6,2)',
    `qty ${changed.get('qty') ?? 'int check (qty >= 0)'}`,
    'parent text',
    'born date',
    'boss bigint',
    `note text not null default 'none'`,
    `own text default 'own'`,
  ];
  const constraints = used.flatMap(({ more }) => more?.replaceAll('TABLE', table) ?? []);
  const key = [...(made.hasScope ? ['account'] : []), ...KEYS[made.key]];
  return [
    `create table ${table} (${[
      ...columns,
      ...(made.key === 'none' ? [] : [`primary key (${key.join(', ')})`]),
      ...constraints,
    ].join(', ')})${isParted ? ' partition by range (id)' : ''}`,
    ...(isParted
      ? [
          `create table ${table}_low partition of ${table} for values from (1) to (8)`,
          `create table ${table}_high partition of ${table} for values from (8) to (17) partition by list (id)`,
          `create table ${table}_high_rest partition of ${table}_high default`,
        ]
      : []),
    ...(isParted && features.includes('ownOfParts')
      ? [
          `create unique index on ${table}_low (email)`,
          `alter table ${table}_high add constraint not_two check (qty <> 2)`,
          `alter table ${table}_high_rest add foreign key (parent) references parents, alter born set not null`,
        ]
      : []),
    ...(made.unique === 'none' ? [] : [UNIQUES[made.unique].replace('TABLE', table)]),
  ];
}

export function definitionOf(made: GeneratedCase, table: string): Definition {
  const key = made.mode === 'insert' || made.key !== 'none' ? KEYS[made.key] : KEYS.number;
  return {
    name: table,
    key,
    target: { table },
    ...(made.hasScope && { scope: ['account'] }),
    unknownFields: made.refusesUnknown ? 'error' : 'ignore',
    references: [{ field: 'parent', collection: 'parents', toField: 'code' }],
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        code: { type: 'string', minLength: 1 },
        email: { type: ['string', 'null'] },
        mood: { type: ['string', 'null'] },
        price: { type: ['number', 'null'], maximum: 9999.99 },
        qty: { type: ['integer', 'null'] },
        parent: { type: ['string', 'null'] },
        born: { type: ['string', 'null'], format: 'date' },
        boss: { type: ['integer', 'null'] },
        note: { type: 'string', maxLength: 240 },
      },
      ...(made.hasRecordRule && { dependentRequired: { price: ['qty'] } }),
    },
    fields: { price: { sensitive: true } },
  };
}

/** The file, as its format, encoding and compression say. */
export function fileOf(made: GeneratedCase): Buffer {
  const text = made.format === 'csv' ? csvText(made.records) : jsonText(made.records, made.format);
  const bytes = encode(text, made.format === 'csv' ? made.encoding : 'utf-8');
  if (made.compression === 'gzip') return gzipSync(bytes);
  return made.compression === 'zstd' ? zstdCompressSync(bytes) : bytes;
}

/** Stands for a byte that is none of the encoding's. */
const BAD_BYTE = '\ue000';

function csvText(records: readonly GeneratedRecord[]): string {
  const lines = records.map(({ cells, flaw }, index) => {
    const line = cells.map(csvCell);
    if (flaw === 'short') line.pop();
    if (flaw === 'long') line.push('more');
    if (flaw === 'bad byte') line[9] = `bad${BAD_BYTE}`;
    if (flaw === 'stray quote') line[9] = '"closed"open';
    // A quote that is never closed swallows the rest of the file, so only the last record may have one.
    if (flaw === 'broken' && index === records.length - 1) line[9] = '"open';
    return line.join(',');
  });
  return [FIELDS.join(','), ...lines, ''].join('\n');
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  return cell === '' || /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function jsonText(records: readonly GeneratedRecord[], format: 'json' | 'jsonl'): string {
  const objects = records.map(({ cells, flaw }) => {
    const members = cells.flatMap((cell, index) =>
      cell === undefined ? [] : [`${JSON.stringify(FIELDS[index])}: ${jsonCell(cell)}`],
    );
    if (flaw === 'short') members.pop();
    if (flaw === 'long') members.push('"stranger": 1');
    if (flaw === 'bad byte') members.push(`"note2": "${BAD_BYTE}"`);
    if (flaw === 'stray quote') members.push('"id": 1');
    return flaw === 'broken' && format === 'jsonl' ? `{${members.join(', ')}` : `{${members.join(', ')}}`;
  });
  return format === 'jsonl' ? `${objects.join('\n')}\n` : `[${objects.join(',\n')}]`;
}

/** Numbers as JSON numbers, where they are some: both ways must be judged alike in validation and import. */
function jsonCell(cell: string | null): string {
  return cell !== null && /^-?\d+(\.\d+)?$/.test(cell) ? cell : JSON.stringify(cell);
}

function encode(text: string, encoding: GeneratedCase['encoding']): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text.replaceAll(BAD_BYTE, '\ud800')}`, 'utf16le');
  const [bad, coded] =
    encoding === 'windows-1252'
      ? [Buffer.from([0x81]), 'latin1' as const]
      : [Buffer.from([0xff]), 'utf8' as const];
  const pieces = text.split(BAD_BYTE).flatMap((piece) => [bad, Buffer.from(piece, coded)]);
  return Buffer.concat(pieces.slice(1));
}
