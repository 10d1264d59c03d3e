/** An import and the backup before it are created together, or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, documentOf, postImport } from './fixture.ts';

const SOURCE = { type: 'SOURCE', id: 's1', name: 'HR', object: { connector: 'delimited-file' } };

test('no backup is made where its import cannot be created', async () => {
  const failures: unknown[] = [];
  const server = await startProtocols({
    collections: COLLECTIONS,
    protocols: { sailpoint: BINDING },
    change: (deps) => ({ ...deps, logFailure: ({ error }) => failures.push(error) }),
  });
  try {
    const { pool } = server.engine.database;
    // As if the process died between the two.
    await pool.query(`
      create function cut() returns trigger language plpgsql as 'begin raise exception ''cut''; end';
      create trigger cut before insert on waybill.jobs for each row when (new.kind = 'import') execute function cut()`);
    assert.equal((await postImport(server, documentOf([SOURCE]))).statusCode, 500);
    assert.match(String(failures), /cut/);
    assert.deepEqual(await listJobs(pool, { limit: 10 }), []);
    await pool.query('drop function cut cascade');
    assert.equal((await postImport(server, documentOf([SOURCE]))).statusCode, 202);
    const jobs = await listJobs(pool, { limit: 10 });
    assert.deepEqual(
      jobs.map(({ kind }) => kind),
      ['import', 'export'],
    );
  } finally {
    await server.close();
  }
});
