import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';

/** Whatever can run a query: a pool, or one client inside a transaction. */
export interface Queryable {
  query<R extends QueryResultRow>(
    statement: string | PreparedStatement,
    values?: unknown[],
  ): Promise<QueryResult<R>>;
}

/**
 * A statement that a connection parses once, and plans at most a few times: what each job needs takes longer to plan than to do. For texts
 * that are always the same and name the columns that they give, since a plan does not survive another result type (`select *` after a
 * migration).
 */
export interface PreparedStatement {
  /** For this text alone. */
  readonly name: string;
  readonly text: string;
}

/** Runs `work` in one transaction on a client of the pool: commits what it returns, rolls back what it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While a client is lent out the pool does not listen: without a listener a lost connection would end the process.
  const onLost = (error: Error) => {
    broken = error;
  };
  client.on('error', onLost);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(broken);
  }
}
