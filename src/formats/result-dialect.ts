import type { ExportOptions } from '../core/job.ts';
import type { ResultDialect } from './format.ts';

/** How the result that these options ask for is written, before it is compressed. */
export function resultDialect(options: ExportOptions): ResultDialect {
  const encoding = options.encoding === 'utf-8-bom' ? 'utf-8' : (options.encoding ?? 'utf-8');
  const hasBom = options.encoding === 'utf-8-bom' || encoding === 'utf-16le';
  const common = { encoding, hasBom, compression: 'none' as const };
  const hasHeader = options.header ?? true;
  switch (options.format) {
    case 'csv':
      return {
        format: 'csv',
        ...common,
        delimiter: options.delimiter ?? ',',
        quote: '"',
        escape: '"',
        hasHeader,
        lineEnd: '\r\n',
      };
    case 'jsonl':
    case 'json':
      return { format: options.format, ...common };
    case 'xlsx':
      return { format: 'xlsx', encoding: 'utf-8', hasBom: false, compression: 'none', hasHeader };
  }
}
