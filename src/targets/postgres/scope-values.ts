/** The values of a job's scope, checked against the types of their columns before anything is read. */
import type pg from 'pg';
import { AppError } from '../../core/errors.ts';
import { sqlStateOf } from '../../core/sqlstate.ts';
import type { ScopeColumn } from './staged-column.ts';

/**
 * Asks the server, since a scope's column is not a field and may be of any type.
 *
 * @throws AppError `request.invalid` that names the column
 */
export async function assertScopeValues(client: pg.Client, scope: readonly ScopeColumn[]): Promise<void> {
  for (const { column, value } of scope) {
    try {
      await client.query(`select ${value}`);
    } catch (error) {
      // Class 22: the text is none of the type's, or beyond what it can hold.
      if (sqlStateOf(error)?.startsWith('22') !== true) throw error;
      throw new AppError(
        'request.invalid',
        `The scope's value for ${column.column} does not fit the type of the column, ${column.sqlType}`,
        { details: { path: `scope.${column.column}` }, cause: error },
      );
    }
  }
}
