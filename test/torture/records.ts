/** Records as they are sent, each with what is wrong with it. Nothing here depends on what a table holds. */
import type { Random } from './random.ts';

export const FIELDS = ['id', 'amount', 'quantity', 'day', 'note', 'country'] as const;
export type Field = (typeof FIELDS)[number];
/** null: an empty field without quotes, or JSON's null. undefined: the record does not have the field. */
export type Cell = string | null | undefined;

export interface SentRecord {
  readonly cells: Readonly<Record<Field, Cell>>;
  /** By field, the code that the record must be refused with. */
  readonly defects: Readonly<Partial<Record<Field, string>>>;
  /** What the cells with defects should have been: what a person would write into the failed rows. */
  readonly repairs: Readonly<Partial<Record<Field, string>>>;
}

export interface RecordsWanted {
  readonly records: number;
  /** Keys are whole numbers from 1 to this. */
  readonly keys: number;
  readonly badShare: number;
  readonly duplicateShare: number;
  /** Share of records that do not have all fields; only in formats that can say so. */
  readonly absentShare: number;
  /** mode delete: the key is all there is. */
  readonly isKeyOnly: boolean;
}

export const COUNTRIES = ['AT', 'BE', 'CH', 'DE', 'ES', 'FR', 'IT', 'PL'] as const;
const NOTES = [
  'prefers mail',
  'said "no, thanks"',
  'Łódź, 3rd floor',
  'two\nlines',
  '=1+1',
  "O'Neill",
  '   ',
  '😀',
];

/** A spoiled value and its code, for each field that can be spoiled. */
const DEFECTS: readonly (readonly [Field, Cell, string])[] = [
  ['id', 'x17', 'field.not_integer'],
  ['id', null, 'field.missing'],
  ['amount', '12,5x', 'field.not_number'],
  ['amount', '-3.00', 'field.out_of_range'],
  ['amount', null, 'field.missing'],
  ['quantity', '7.5', 'field.not_integer'],
  ['day', '2023-02-29', 'field.not_date'],
  ['note', 'n'.repeat(81), 'field.too_long'],
  ['country', 'XX', 'reference.not_found'],
];

export function makeRecords(random: Random, wanted: RecordsWanted): SentRecord[] {
  const nextKey = createKeys(random, wanted);
  const made: SentRecord[] = [];
  for (let at = 0; at < wanted.records; at += 1) made.push(makeRecord(random, wanted, nextKey()));
  return made;
}

/** Walks through all keys in steps that never meet before each has been visited; some come once more. */
function createKeys(random: Random, { keys, records, duplicateShare }: RecordsWanted): () => number {
  if (records > keys) throw new Error(`${records} records need as many keys, not ${keys}`);
  const step = coprime(random.int(1, keys), keys);
  const given: number[] = [];
  let at = random.int(0, keys - 1);
  return () => {
    if (given.length > 0 && random.chance(duplicateShare)) return random.pick(given);
    at = (at + step) % keys;
    given.push(at + 1);
    return at + 1;
  };
}

function coprime(start: number, to: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let one = start;
  while (divisor(one, to) !== 1) one += 1;
  return one;
}

function makeRecord(random: Random, wanted: RecordsWanted, key: number): SentRecord {
  const id = String(key);
  const cells: Record<Field, Cell> = wanted.isKeyOnly
    ? { id, amount: undefined, quantity: undefined, day: undefined, note: undefined, country: undefined }
    : {
        id,
        // Few different values, so that some records find what they bring.
        amount: `${random.int(0, 3)}.${random.pick(['00', '25', '50', '99'])}`,
        quantity: random.chance(0.1) ? null : String(random.int(-5, 5)),
        day: random.chance(0.1) ? null : `2024-0${random.int(1, 9)}-${random.int(10, 28)}`,
        note: random.chance(0.1) ? null : random.pick(NOTES),
        country: random.chance(0.1) ? null : random.pick(COUNTRIES),
      };
  if (random.chance(wanted.badShare)) return spoil(random, cells);
  if (random.chance(wanted.absentShare)) {
    cells[random.pick(['quantity', 'day', 'note', 'country'] as const)] = undefined;
  }
  return { cells, defects: {}, repairs: {} };
}

function spoil(random: Random, cells: Record<Field, Cell>): SentRecord {
  // A line with nothing on it is no record of CSV.
  const isAlone = cells.amount === undefined;
  const possible = DEFECTS.filter(
    ([field, value]) => cells[field] !== undefined && !(isAlone && value === null),
  );
  const [field, value, code] = random.pick(possible);
  const good =
    cells[field] ??
    { id: '1', amount: '1.00', quantity: '1', day: '2024-01-10', note: '', country: 'AT' }[field];
  return { cells: { ...cells, [field]: value }, defects: { [field]: code }, repairs: { [field]: good } };
}
