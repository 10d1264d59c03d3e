/** Making PostgreSQL's data folder, once: initdb, a role for Waybill that is not a superuser, and its database. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../core/errors.ts';
import type { Binaries } from './binaries.ts';
import { foreignVersion, giveTo, type Placement } from './placement.ts';

/** Passwords of the two roles, kept in a file that only Waybill's user can read. */
export interface Credentials {
  readonly superuser: { readonly name: string; readonly password: string };
  readonly waybill: { readonly name: string; readonly password: string };
}

export const DATABASE_NAME = 'waybill';

/** For a machine that also runs other things; written into postgresql.conf, where a person may change them. */
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and details would carry records into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/**
 * Makes the data folder if there is none. What was half made before a crash is thrown away: the folder appears under
 * its final name only when it is whole.
 * @throws AppError `embedded.foreign_version` when another major wrote it; `embedded.failed` when initdb fails
 */
export async function prepareCluster(
  placement: Placement,
  binaries: Binaries,
  options: { environment: NodeJS.ProcessEnv; isDurable: boolean },
): Promise<Credentials> {
  const credentialsFile = join(placement.home, 'credentials.json');
  const version = await readFile(join(placement.data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined && version.trim() !== String(binaries.major)) {
    throw foreignVersion(placement.data, version.trim(), binaries.major);
  }
  if (version !== undefined) return JSON.parse(await readFile(credentialsFile, 'utf8')) as Credentials;

  const credentials = createCredentials();
  await writeDurably(credentialsFile, JSON.stringify(credentials));
  const unfinished = await makeUnfinished(placement);
  await runInitdb(unfinished, credentials, { placement, binaries, ...options });
  await createDatabase(unfinished, credentials, { placement, binaries, ...options });
  await rename(unfinished, placement.data);
  await syncFolder(placement.home);
  return credentials;
}

/** A new name each time: the initdb of a start that was killed may still be at work in its own. */
async function makeUnfinished({ home, data, user }: Placement): Promise<string> {
  const prefix = `${data}.new`;
  const paths = (await readdir(home)).map((name) => join(home, name));
  for (const path of paths.filter((path) => path.startsWith(prefix))) {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
  const unfinished = await mkdtemp(`${prefix}-`);
  await giveTo(user, unfinished);
  return unfinished;
}

/** Makes a rename last: what is committed next must not be found under the unfinished name after a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync();
  await folder.close();
}

interface Making {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly environment: NodeJS.ProcessEnv;
  readonly isDurable: boolean;
}

function createCredentials(): Credentials {
  const createPassword = () => randomBytes(24).toString('base64url');
  return {
    superuser: { name: 'postgres', password: createPassword() },
    waybill: { name: 'waybill', password: createPassword() },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

async function runInitdb(folder: string, credentials: Credentials, making: Making): Promise<void> {
  const { placement, binaries, environment, isDurable } = making;
  const passwordFile = join(placement.home, 'initdb-password');
  await writeFile(passwordFile, `${credentials.superuser.password}\n`, { mode: 0o600 });
  await giveTo(placement.user, passwordFile);
  // Without a locale of its own, initdb takes LANG, and where there is none makes a SQL_ASCII database.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const access = ['--auth-local=scram-sha-256', '--auth-host=reject', `--pwfile=${passwordFile}`];
  const sync = isDurable ? [] : ['--no-sync', '--set', 'fsync=off'];
  try {
    await promisify(execFile)(
      binaries.initdb,
      ['-D', folder, `--username=${credentials.superuser.name}`, ...locale, ...access, ...settings, ...sync],
      { ...runAs(placement), env: environment, cwd: '/' },
    );
  } catch (cause) {
    throw cannotMake(folder, (cause as { stderr?: string }).stderr || String(cause), cause);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** In single-user mode: no server listens before the folder is whole. One statement a line. */
async function createDatabase(folder: string, credentials: Credentials, making: Making): Promise<void> {
  const { placement, binaries, environment } = making;
  const { name, password } = credentials.waybill;
  const script =
    `create role ${name} login nosuperuser password '${password}'\n` +
    `create database ${DATABASE_NAME} owner ${name}\n`;
  const child = spawn(binaries.postgres, ['--single', '-j', '-D', folder, 'postgres'], {
    ...runAs(placement),
    env: environment,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  // With -j a statement ends at a semicolon and an empty line.
  child.stdin.end(script.replaceAll('\n', ';\n\n'));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  // Single-user mode goes on after a failed statement and still ends with 0.
  if (code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(output)) throw cannotMake(folder, output, undefined);
}

/** Options of `spawn` that make the child run as the server's user. */
export function runAs({ user }: Placement): { uid?: number; gid?: number } {
  return user.isOther ? { uid: user.uid, gid: user.gid } : {};
}

function cannotMake(folder: string, output: string, cause: unknown): AppError {
  return new AppError(
    'embedded.failed',
    `The embedded PostgreSQL could not make its data folder ${folder}: ${output.trim().slice(-2000)}`,
    { cause, details: { folder } },
  );
}
