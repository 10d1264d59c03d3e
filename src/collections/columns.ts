/**
 * From field names to column names. Any header is a legal field name (`Cost Total $`, 200 characters, an emoji); a column
 * keeps it wherever PostgreSQL can hold it as a quoted identifier.
 */
import { createHash } from 'node:crypto';

/** PostgreSQL's NAMEDATALEN - 1; longer names are cut without a word, and collide. */
export const MAX_COLUMN_BYTES = 63;

/** Every table has these already (PostgreSQL documentation, 5.6 System Columns; oid before version 12). */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'tableoid',
  'xmin',
  'cmin',
  'xmax',
  'cmax',
  'ctid',
  'oid',
]);

/** True where the name can be a quoted column as it is. */
export function isLegalColumn(name: string): boolean {
  if (name === '' || name.includes('\0') || !name.isWellFormed()) return false;
  return Buffer.byteLength(name) <= MAX_COLUMN_BYTES && !SYSTEM_COLUMNS.has(name);
}

/**
 * One legal column per name, in order, all distinct. Names that are columns already keep them; system columns get `_`, long
 * names are cut at a character and end in a hash of the whole name, and what still collides is numbered. The result depends
 * on the names alone.
 */
export function deriveColumns(names: readonly string[]): string[] {
  const taken = new Set(names.filter(isLegalColumn));
  const owned = new Set<string>();
  return names.map((name) => {
    if (isLegalColumn(name) && !owned.has(name)) {
      owned.add(name);
      return name;
    }
    const column = firstFree(derive(name), taken);
    taken.add(column);
    return column;
  });
}

function derive(name: string): string {
  const sound = name.toWellFormed().replaceAll('\0', '_');
  if (sound === '') return 'column';
  if (SYSTEM_COLUMNS.has(sound)) return `${sound}_`;
  if (Buffer.byteLength(sound) <= MAX_COLUMN_BYTES) return sound;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${cutToBytes(sound, MAX_COLUMN_BYTES - hash.length - 1)}_${hash}`;
}

function firstFree(wanted: string, taken: ReadonlySet<string>): string {
  let column = wanted;
  for (let number = 2; taken.has(column); number++) {
    const suffix = `_${number}`;
    column = cutToBytes(wanted, MAX_COLUMN_BYTES - suffix.length) + suffix;
  }
  return column;
}

/** As many whole characters as fit into this many bytes of UTF-8. */
function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
