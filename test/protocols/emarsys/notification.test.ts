import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bindProtocols } from '../../../src/server/open-protocols.ts';
import { wireNotifier } from '../../../src/server/wire-notifier.ts';
import { createAddressGuard } from '../../../src/transfer/http/guard-address.ts';
import { startReceiver } from '../../support/notified-jobs.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, fill, kickOff, RESPONSES } from './fixture.ts';

const guard = createAddressGuard({ allow: ['127.0.0.0/8'] });

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    collections: [CONTACTS, RESPONSES],
    protocols: { emarsys: BINDING },
    change: (deps) => ({ ...deps, outgoing: guard }),
  });
  await fill(server);
});
after(() => server.close());

test('whom a kick-off names is told what the status says, and again after a minute where nobody listened', async () => {
  const { received, url, stop } = await startReceiver([500, 204]);
  const { pool } = server.engine.database;
  const notifier = wireNotifier({
    pool,
    guard,
    protocols: bindProtocols({ emarsys: BINDING }),
    onError: (error) => assert.fail(error as Error),
  });
  try {
    const { id } = await kickOff(server, 'email/getcontacts', { notification_url: url });
    await server.runNext();
    assert.deepEqual(await notifier.runOnce(), { sent: 0, failed: 1, givenUp: 0 });
    const waiting = await pool.query<{ seconds: number }>(
      `select extract(epoch from next_at - clock_timestamp())::float8 as seconds from waybill.notifications`,
    );
    const seconds = waiting.rows[0]?.seconds ?? 0;
    assert.ok(seconds > 30 && seconds <= 60, String(seconds));
    await pool.query('update waybill.notifications set next_at = clock_timestamp()');
    assert.deepEqual(await notifier.runOnce(), { sent: 1, failed: 0, givenUp: 0 });
    const status = (await server.call('GET', `${API}/export/${id}`)).json<Record<string, unknown>>();
    assert.deepEqual(
      received.map(({ body }) => body),
      [status, status],
    );
    assert.equal((status['data'] as { status: string }).status, 'done');
    assert.match(String(received[1]?.headers['content-type']), /^application\/json/);
  } finally {
    stop();
  }
});
