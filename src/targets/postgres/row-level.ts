/** Whose fault an error is, inside the functions of a session. */
import { STATEMENT_CLASSES, STATEMENT_STATES } from '../../core/sqlstate.ts';
import { literal } from './quote.ts';
import type { WriteShape } from './write-shape.ts';

/** What PL/pgSQL has to catch: `others` leaves out what `assert` raises. */
export const ANY_ERROR = 'others or assert_failure';

const listOf = (texts: readonly string[]) => texts.map(literal).join(', ');

const IS_ROW_LEVEL = `(left(sqlstate, 2) not in (${listOf(STATEMENT_CLASSES)}) and sqlstate not in (${listOf(STATEMENT_STATES)}))`;

/** Condition over PL/pgSQL's `sqlstate`: one record is to blame. The same states as `isRowLevel`. */
export function rowLevelCondition(shape: WriteShape): string {
  // A policy's refusal of one row has the SQLSTATE of a missing grant; grants were checked when the writer opened.
  return shape.relation.hasRowSecurity ? `(${IS_ROW_LEVEL} or sqlstate = '42501')` : IS_ROW_LEVEL;
}

/**
 * The same while a text becomes a value of its type: then also what is a statement's fault elsewhere is about the text (42601 of `jsonpath`,
 * 42P01 of `regclass`), but for what passes by itself.
 */
export const REFUSES_VALUE = `(${IS_ROW_LEVEL} or left(sqlstate, 2) in ('0A', '28', '34', '3B', '3D', '3F', '42'))`;
