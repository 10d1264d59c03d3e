import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 50;
/** A download or upload that moves may end; then nothing keeps the server from stopping. */
const GRACE_MS = 10_000;

/**
 * Ends connections when the app closes: idle ones at once, also those that become idle only then (a client has its answer a moment
 * before the server knows, and would keep the connection for its keep-alive time of 72 s), the others after a grace.
 */
export function closeConnectionsOnClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const looking = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS);
    const ending = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
    app.server.once('close', () => {
      clearInterval(looking);
      clearTimeout(ending);
    });
  });
}
