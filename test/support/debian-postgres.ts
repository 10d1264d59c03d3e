/** The PostgreSQL of a Debian package as a server for a test run: the oldest version that Waybill supports. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BIN = '/usr/lib/postgresql/15/bin';

export const hasDebianPostgres = existsSync(join(BIN, 'postgres'));

/** Starts it in a temporary folder, on a socket only; `remove` stops it and removes the folder. */
export async function startDebianPostgres({ maxConnections = 60 } = {}): Promise<{
  url: string;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-debian-'));
  const user = process.getuid?.() === 0 ? await findPostgresUser() : undefined;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'postgres');
  await chmod(folder, 0o711);
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: '/', env: { PATH: BIN, LC_ALL: 'C' } };
  const access = [`--pwfile=${passwordFile}`, '--username=postgres', '--auth=scram-sha-256'];
  await promisify(execFile)(
    join(BIN, 'initdb'),
    ['-D', data, ...access, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    options,
  );
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'wal_level=minimal',
    'max_wal_senders=0',
    // As in the embedded server: results do not depend on it, and compiling takes longer than the statements of tests.
    'jit=off',
    `max_connections=${maxConnections}`,
  ];
  const server = spawn(
    join(BIN, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise((resolve) => server.once('exit', resolve));
  await waitForLine(server.stderr, 'database system is ready to accept connections');
  return {
    url: `postgres://postgres:postgres@localhost:5432/postgres?host=${encodeURIComponent(folder)}`,
    remove: async () => {
      server.kill('SIGINT');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findPostgresUser(): Promise<{ uid: number; gid: number }> {
  const ask = async (flag: string) => Number((await promisify(execFile)('id', [flag, 'postgres'])).stdout);
  return { uid: await ask('-u'), gid: await ask('-g') };
}

/** Waits for a line of a server. Reads on after it, since a full pipe would stop the server. */
export function waitForLine(stream: NodeJS.ReadableStream, wanted: string): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-10_000);
      if (text.includes(wanted)) resolve();
    });
    stream.once('end', () => reject(new Error(`it ended before "${wanted}": ${text}`)));
  });
}
