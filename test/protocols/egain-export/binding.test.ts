/** What a binding must be for the server to start, and where the protocol then answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import { bindProtocols, checkBindings } from '../../../src/server/open-protocols.ts';
import { BINDING, type ExportServer, idOf, KICK_OFF, knowledgeExport, startExportServer } from './fixture.ts';

let server: ExportServer;

before(async () => {
  server = await startExportServer({
    protocols: { 'egain-export': { ...BINDING, mount: { prefix: '/egain' } } },
  });
});
after(() => server.close());

async function problemOf(binding: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    await checkBindings(server.engine.database.pool, bindProtocols({ 'egain-export': binding }));
    return '';
  } catch (error) {
    assert.ok(isAppError(error, 'config.invalid'));
    return error.message;
  }
}

const portal = (articles: object) => ({ portals: { 'PROD-1000': { articles } } });

test('what does not fit is named with its place', async () => {
  assert.equal(await problemOf(BINDING), '');
  assert.match(await problemOf({ portals: {} }), /egain-export: .*portals/);
  assert.match(await problemOf({ portals: { 'no portal': { articles: {} } } }), /portals/);
  assert.match(await problemOf(portal({ collection: 'article' })), /PROD-1000\.articles: .*"article"/);
  assert.match(await problemOf(portal({ collection: 'articles', columns: ['nam'] })), /"nam" .*"name"/);
  const fields = { published: 'published' };
  assert.match(await problemOf(portal({ collection: 'articles', fields })), /"published"/);
  assert.match(await problemOf(portal({ collection: 'articles', fields: { title: 'name' } })), /title/);
  assert.match(await problemOf(portal({ collection: 'articles', fields: { searchable: 'id' } })), /id/);
  assert.match(await problemOf({ ...BINDING, languages: { english: 'en' } }), /languages/);
});

test('below a prefix, location leads back through it', async () => {
  const started = await server.start(knowledgeExport(), { url: `/egain${KICK_OFF}` });
  assert.equal(started.statusCode, 202, started.body);
  assert.equal(started.headers['location'], `/egain${KICK_OFF}/${idOf(started)}`);
  const status = await server.call('GET', started.headers['location']);
  assert.deepEqual(status.json(), { status: 'Pending' });
  assert.equal((await server.call('POST', KICK_OFF)).statusCode, 404);
});
