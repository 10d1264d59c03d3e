/** A transaction whose connection breaks: the caller is told, and the process goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTransaction } from '../../../src/store/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase({ template: 'empty' });
});
after(() => database.drop());

test('a connection that breaks between two statements of a transaction fails the transaction alone', async () => {
  await assert.rejects(
    inTransaction(database.pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      // Not `once` of node:events: it would listen for the error that nobody else may hear.
      const broken = new Promise((resolve) => client.once('end', resolve));
      await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await broken;
      await client.query('select 1');
    }),
  );
  const { rows } = await database.pool.query('select 1 as one');
  assert.deepEqual(rows, [{ one: 1 }]);
});
