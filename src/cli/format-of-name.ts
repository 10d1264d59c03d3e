import { extname } from 'node:path';
import type { ExportOptions } from '../core/job.ts';
import { omitUndefined } from '../core/omit-undefined.ts';

const COMPRESSIONS: Readonly<Record<string, ExportOptions['compression']>> = {
  '.gz': 'gzip',
  '.zst': 'zstd',
  '.zip': 'zip',
};
const FORMATS: Readonly<Record<string, ExportOptions['format']>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.xlsx': 'xlsx',
};

/** What a result file's name says of what is to be in it: `orders.jsonl.gz` is JSON Lines in gzip, `orders` is anything. */
export function formatOfName(name: string): Partial<Pick<ExportOptions, 'format' | 'compression'>> {
  const extension = extname(name);
  const compression = COMPRESSIONS[extension.toLowerCase()];
  const plainName = compression === undefined ? name : name.slice(0, -extension.length);
  return omitUndefined({ format: FORMATS[extname(plainName).toLowerCase()], compression });
}
