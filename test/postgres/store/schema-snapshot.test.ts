/**
 * migrations/schema.sql shows what the migrations add up to, for people who read a change of the schema.
 * After a new migration: `node test/postgres/store/schema-snapshot.test.ts --update`.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { STORE_MIGRATIONS, TARGET_MIGRATIONS } from '../../../src/store/migrate.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { describeSchema } from './describe-schema.ts';

const SNAPSHOT = new URL('../../../migrations/schema.sql', import.meta.url);
const TITLE =
  '-- What the migrations add up to. Written by test/postgres/store/schema-snapshot.test.ts --update; runs nowhere.\n';

test('migrations/schema.sql is what the migrations make', async () => {
  const database = await createTestDatabase();
  try {
    const store = await describeSchema(database.pool, STORE_MIGRATIONS.schema);
    const target = await describeSchema(database.pool, TARGET_MIGRATIONS.schema);
    const actual = [TITLE, store, target].join('\n');
    if (process.argv.includes('--update')) await writeFile(SNAPSHOT, actual);
    assert.equal(
      actual,
      await readFile(SNAPSHOT, 'utf8'),
      'the schema has changed: node test/postgres/store/schema-snapshot.test.ts --update',
    );
  } finally {
    await database.drop();
  }
});
