/** A database that answers, and cannot be written: a standby, or one that was told so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool } from '../../src/store/connect.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
let source: string;
const closers: (() => Promise<void>)[] = [];
before(async () => {
  api = await startApi((deps) => {
    // What a session of it is told, as the role or the database would tell all of them.
    const options = { isReadOnly: false };
    const url = new URL(String(deps.pool.options.connectionString));
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    const readOnly = createPool(url.href, { applicationName: 'waybill/test', max: 2 });
    closers.push(() => readOnly.end());
    switchOver = () => {
      options.isReadOnly = true;
    };
    const pool = new Proxy(deps.pool, {
      get: (target, name) => {
        const used = options.isReadOnly ? readOnly : target;
        const value: unknown = Reflect.get(used, name, used);
        return typeof value === 'function' ? value.bind(used) : value;
      },
    });
    return { ...deps, pool };
  });
  await createPeople(api);
  source = await upload(api, 'id,name\n1,Ann\n');
});
let switchOver = () => {};
after(async () => {
  for (const close of closers) await close();
  await api.close();
});

test('/readyz says that the database is read-only, and why; kick-offs say so, too, and reads go on', async () => {
  assert.equal((await api.call('GET', '/readyz')).statusCode, 200);
  switchOver();
  const ready = await api.call('GET', '/readyz');
  assert.equal(ready.statusCode, 503);
  assert.equal(ready.json().code, 'database.unavailable');
  assert.match(ready.json().detail, /^The database is read-only: default_transaction_read_only is on\./);
  const json = { collection: 'people', source: { upload: source } };
  const refused = await api.call('POST', '/v1/imports', { json });
  assert.equal(refused.statusCode, 503, refused.body);
  assert.match(refused.json().detail, /read-only/);
  assert.equal((await api.call('GET', '/v1/jobs')).statusCode, 200);
});
