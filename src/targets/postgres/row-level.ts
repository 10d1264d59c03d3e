/** Whose fault an error is, inside the functions of a session. */
import type { WriteShape } from './write-shape.ts';

/** Condition over PL/pgSQL's `sqlstate`: one record is to blame. The same classes as `isRowLevel`. */
export function rowLevelCondition(shape: WriteShape): string {
  // A policy's refusal of one row has the SQLSTATE of a missing grant; grants were checked when the writer opened.
  const policy = shape.relation.hasRowSecurity ? `, '42501'` : '';
  return `(left(sqlstate, 2) in ('22', '23') or sqlstate in ('21000', '44000', '54000', 'P0001'${policy}))`;
}
