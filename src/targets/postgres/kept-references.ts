/**
 * Foreign keys that were never checked for all rows (`not valid`): the server does not ask where a row's reference leads when an update leaves
 * it as it was, so a row that leads nowhere may stay so.
 */
import type { ImportMode } from '../../core/job.ts';
import { identifier } from './quote.ts';
import type { ForeignKey } from './table.ts';
import type { WriteShape } from './write-shape.ts';

/** ` and …`, over the staged row `s` and the row as it would be, `img`: no row is there that has the same reference. Else nothing. */
export function isNotKept({ relation, key }: WriteShape, mode: ImportMode, foreign: ForeignKey): string {
  if (foreign.isValidated || key === undefined || mode === 'insert') return '';
  const same = foreign.parts.map(
    ({ column, ownEquals }) => `t.${identifier(column)} ${ownEquals} img.${identifier(column)}`,
  );
  return ` and not exists (select from ${relation.sql} t where ${[key.match, ...same].join(' and ')})`;
}
