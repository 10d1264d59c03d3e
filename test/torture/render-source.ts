/** Records as the bytes of a file. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Cell, FIELDS, type Field, type SentRecord } from './records.ts';

export interface SourceShape {
  readonly format: 'csv' | 'jsonl' | 'json';
  readonly compression: 'none' | 'gzip' | 'zstd';
}

export function renderSource(records: readonly SentRecord[], shape: SourceShape): Buffer {
  const plain = Buffer.from(shape.format === 'csv' ? renderCsv(records) : renderJson(records, shape.format));
  if (shape.compression === 'gzip') return gzipSync(plain, { level: 1 });
  return shape.compression === 'zstd' ? zstdCompressSync(plain) : plain;
}

/** Name of the file, which says what it is. */
export function nameSource(name: string, { format, compression }: SourceShape): string {
  return `${name}.${format}${{ none: '', gzip: '.gz', zstd: '.zst' }[compression]}`;
}

function renderCsv(records: readonly SentRecord[]): string {
  const fields = FIELDS.filter((field) => records.some(({ cells }) => cells[field] !== undefined));
  const lines = records.map(({ cells }) => fields.map((field) => quoteCell(cells[field])).join(','));
  return `${fields.join(',')}\n${lines.join('\n')}\n`;
}

export function quoteCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  return cell === '' || /[",\n\r]/.test(cell) || cell.trim() !== cell
    ? `"${cell.replaceAll('"', '""')}"`
    : cell;
}

const NUMERIC: readonly Field[] = ['id', 'amount', 'quantity'];

function renderJson(records: readonly SentRecord[], format: 'jsonl' | 'json'): string {
  const objects = records.map(({ cells }) => {
    const members = FIELDS.filter((field) => cells[field] !== undefined).map(
      (field) => `${JSON.stringify(field)}:${jsonValue(field, cells[field] ?? null)}`,
    );
    return `{${members.join(',')}}`;
  });
  return format === 'jsonl' ? `${objects.join('\n')}\n` : `[${objects.join(',\n')}]`;
}

/** Numbers keep their digits. */
function jsonValue(field: Field, cell: string | null): string {
  return cell !== null && NUMERIC.includes(field) && /^-?\d+(\.\d+)?$/.test(cell)
    ? cell
    : JSON.stringify(cell);
}
