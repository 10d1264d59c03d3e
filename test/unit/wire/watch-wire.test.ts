/** The watcher in a process of its own: it has to see what that one answers, and to say what differs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { watchWire } from '../../support/wire/watch-wire.ts';

/** A server that answers one request to itself, in two pieces, and ends. */
async function answerOnce(environment: Readonly<Record<string, string>>, body: string): Promise<void> {
  const program = `
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': '1' });
      response.write(${JSON.stringify(body.slice(0, 3))});
      response.end(${JSON.stringify(body.slice(3))});
    }).listen(0, '127.0.0.1', async () => {
      await (await fetch('http://127.0.0.1:' + server.address().port + '/healthz')).text();
      process.exit(0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

test('a process that answers as the document says passes', async () => {
  const wire = watchWire();
  await answerOnce(wire.environment, '{"status":"ok"}');
  await wire.end();
});

test('a process that answers something else fails, with what and where', async () => {
  const wire = watchWire();
  await answerOnce(wire.environment, '{"status":"ok","more":1}');
  await assert.rejects(wire.end(), /GET \/healthz -> 200: body must NOT have additional properties/);
});
