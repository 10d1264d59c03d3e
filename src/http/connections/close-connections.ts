import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 50;

/**
 * Ends connections when the app closes: idle ones at once, also those that become idle only then (a client has its answer a moment
 * before the server knows, and would keep the connection for its keep-alive time of 72 s), the others after `graceMs`: a download or
 * upload that moves may end, and then nothing keeps the server from stopping.
 */
export function closeConnectionsOnClose(app: FastifyInstance, graceMs: number): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const closeIdle = () => {
    app.server.closeIdleConnections();
    // Browsers and fetch connect ahead of what they may ask; Node takes such a connection for one that is busy.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
  app.addHook('preClose', async () => {
    const looking = setInterval(closeIdle, LOOK_EVERY_MS);
    const ending = setTimeout(() => app.server.closeAllConnections(), graceMs);
    app.server.once('close', () => {
      clearInterval(looking);
      clearTimeout(ending);
    });
  });
}
