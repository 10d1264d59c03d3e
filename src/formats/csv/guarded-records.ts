/** Takes off the apostrophes that were put before values of a CSV file, where the record says so (`guard-formulas.ts`). */
import { GUARD_COLUMN } from '../../core/guard-column.ts';
import { isReadable, type RecordProblem, type RecordReader, type SourceRecord } from '../format.ts';
import { guardedColumns, unguardFormula } from '../guard-formulas.ts';

/** @param reader of a file that may have the column; its names are known from the first record on */
export function createUnguardingReader(reader: RecordReader): RecordReader {
  const take = (records: SourceRecord[]) => {
    const position = reader.fields.indexOf(GUARD_COLUMN);
    return position === -1 ? records : records.map((record) => unguard(record, position, reader.fields));
  };
  return {
    fields: reader.fields,
    get headerCells() {
      return reader.headerCells;
    },
    get headerBytes() {
      return reader.headerBytes;
    },
    push: (bytes) => take(reader.push(bytes)),
    end: () => take(reader.end()),
  };
}

/** A record whose values may not stand where the header says is left alone: it is rejected anyway. */
function unguard(record: SourceRecord, position: number, fields: readonly string[]): SourceRecord {
  const cell = record.values[position];
  if (typeof cell !== 'string' || cell === '' || !isReadable(record)) return record;
  const names = guardedColumns(cell);
  if (names === undefined) return warned(record, 'it is no list of columns such as ["name"]');
  const lost = names.filter((name) => !fields.includes(name));
  const guarded = new Set(names.map((name) => fields.indexOf(name)));
  const values = record.values.map((value, index) =>
    guarded.has(index) && typeof value === 'string' ? unguardFormula(value) : value,
  );
  const unguarded = { ...record, values };
  return lost.length === 0
    ? unguarded
    : warned(unguarded, `the file has no column ${lost.map((name) => JSON.stringify(name)).join(', ')}`);
}

function warned(record: SourceRecord, reason: string): SourceRecord {
  const problem: RecordProblem = {
    code: 'record.guard_unclear',
    params: { reason },
    severity: 'warning',
    isFatal: false,
  };
  return { ...record, problems: [...(record.problems ?? []), problem] };
}
