/** A process that runs an embedded server, for tests that kill it: `node program.ts DATA_DIR SHARED_FOLDER`. */
import type { AppError } from '../../../src/core/errors.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/server.ts';

const [dataDir = '', sharedFolder = ''] = process.argv.slice(2);
const say = (message: Readonly<Record<string, unknown>>) =>
  process.stdout.write(`${JSON.stringify(message)}\n`);

try {
  const server = await startEmbeddedPostgres({
    dataDir,
    sharedFolder,
    isDurable: false,
    log: (line) => say({ log: line }),
    onEvent: (event) => say({ event }),
  });
  const { url, adminUrl, folder } = server;
  say({ ready: { url, adminUrl, folder, pid: server.pid() } });
  process.stdin.resume().once('end', () => void server.stop().then(() => say({ stopped: true })));
} catch (error) {
  const { code, message } = error as AppError;
  say({ error: { code, message } });
  process.exitCode = 1;
}
