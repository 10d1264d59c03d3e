/** Each member of the binding changes what comes of a job. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import { bindProtocols, checkBindings } from '../../../src/server/open-protocols.ts';
import { rowsOf } from '../../engine/harness.ts';
import {
  ARTICLES,
  article,
  BINDING,
  dataSource,
  type ImportServer,
  idOf,
  importContent,
  KICK_OFF,
  startImportServer,
} from './fixture.ts';

let server: ImportServer;
afterEach(() => server.close());

interface Status {
  readonly status: string;
  readonly progress: object;
  readonly results?: object;
  readonly error?: string;
  readonly retryable?: boolean;
  readonly logFileLocation?: string;
}

async function statusAfter(body: unknown = importContent()): Promise<Status> {
  const started = await server.start(body);
  assert.equal(started.statusCode, 202, started.body);
  await server.runNext();
  return (await server.status(idOf(started))).json<Status>();
}

test('fields says which member goes where; what it does not name is left out', async () => {
  const fields = { name: 'path', reviewer: 'title', content: 'html' };
  server = await startImportServer({ binding: { articles: { collection: 'articles', fields } } });
  await server.put('in', [article('One', { reviewer: 'Ann', title: 'no', available: 'no' })]);
  assert.equal((await statusAfter()).status, 'Successful');
  assert.deepEqual(await rowsOf(server.engine, 'waybill_data.articles'), [
    { title: 'Ann', path: 'One', html: '<p>One</p>', available: null },
  ]);
});

test('scope is put on every article', async () => {
  const scoped = { ...ARTICLES, scope: ['owner'] };
  server = await startImportServer({
    collection: scoped,
    binding: { articles: { ...BINDING.articles, scope: { owner: 'acme' } } },
  });
  await server.put('in', [article('One')]);
  const status = await statusAfter();
  assert.equal(status.status, 'Successful', JSON.stringify(status));
  const [row] = (await rowsOf(server.engine, 'waybill_data.articles')) as { owner: string }[];
  assert.equal(row?.owner, 'acme');
});

test('logs says where logs go, also for buckets of which only a part is mapped', async () => {
  server = await startImportServer({ binding: { logs: 'file:///share/import/logs' } });
  await server.put('in', [article('One')]);
  const { logFileLocation } = await statusAfter(
    importContent({ dataSource: dataSource({ path: 's3://deep/only/in' }) }),
  );
  const [name] = await readdir(join(server.share, 'import/logs'));
  assert.equal(logFileLocation, `file:///share/import/logs/${name}`);
});

test('maxRecords fails what is larger, before anything is written, and cuts nothing', async () => {
  server = await startImportServer({ binding: { maxRecords: 2 } });
  await server.put('in', [article('One'), article('Two'), article('Three')]);
  const status = await statusAfter();
  assert.deepEqual([status.status, status.retryable], ['Failed', false]);
  assert.equal(status.error, 'The number of items exceeds the allowed limit. Items processed: 0.');
  assert.deepEqual(await rowsOf(server.engine, 'waybill_data.articles'), []);
  await server.put('in', [article('One'), article('Two')]);
  assert.equal((await statusAfter()).status, 'Successful');
});

test('below a prefix, location leads back through it', async () => {
  server = await startImportServer({ binding: { mount: { prefix: '/partners' } } });
  const started = await server.start(importContent(), { url: `/partners${KICK_OFF}` });
  const location = String(started.headers['location']);
  assert.match(location, /^partners\/knowledge\/contentmgr\/v4\/import\/content\/[0-9A-F-]{36}\/status$/);
  assert.equal((await server.call('GET', `/${location}`)).statusCode, 200);
});

test('what does not fit is named with its place', async () => {
  server = await startImportServer();
  const problemOf = async (articles: object): Promise<string> => {
    try {
      await checkBindings(server.engine.database.pool, bindProtocols({ 'egain-import': { articles } }));
    } catch (error) {
      if (isAppError(error, 'config.invalid')) return error.message;
      throw error;
    }
    return '';
  };
  const fields = { name: 'title' };
  assert.match(
    await problemOf({ collection: 'none', fields }),
    /egain-import\.articles: there is no collection "none"/,
  );
  assert.match(
    await problemOf({ collection: 'articles', fields: { name: 'titel' } }),
    /has no field "titel".*did you mean/i,
  );
  assert.match(
    await problemOf({ collection: 'articles', fields: { name: 'title', content: 'title' } }),
    /two members go to the field "title"/,
  );
  assert.match(await problemOf({ collection: 'articles' }), /fields/);
});
