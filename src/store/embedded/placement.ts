/**
 * Where things lie. Below the data folder, `pg18/` belongs to Waybill (lock, passwords, log) and holds `data/`, which
 * belongs to the user who runs the server.
 */
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { canReach, findRunUser, type RunUser } from './run-as.ts';

/** Where root puts what another user must reach, when the data folder or the binaries are out of that user's reach. */
export const SHARED_FOLDER = '/var/lib/waybill';

export interface Placement {
  readonly user: RunUser;
  /** `pg18/`, resolved. */
  readonly home: string;
  /** PostgreSQL's own data folder. */
  readonly data: string;
}

/**
 * Finds or makes `<dataDir>/pg<major>`. If the server's user cannot pass through a parent of it (`/root`), the folder
 * is made below `sharedFolder`, and a link in the data folder shows where.
 * @throws AppError `embedded.foreign_version` when the data folder has only another major's data;
 *   `embedded.unavailable` when this user or the server's may not use it
 */
export async function placeCluster(options: {
  dataDir: string;
  major: number;
  sharedFolder: string;
  log: (line: string) => void;
}): Promise<Placement> {
  try {
    return await findOrMake(options);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw notOurs(options.dataDir, error);
  }
}

async function findOrMake(options: Parameters<typeof placeCluster>[0]): Promise<Placement> {
  const { major, sharedFolder, log } = options;
  await mkdir(options.dataDir, { recursive: true, mode: 0o711 });
  const dataDir = await realpath(options.dataDir);
  await refuseOtherMajors(dataDir, major);
  const entry = join(dataDir, `pg${major}`);
  const user = await findRunUser([join(entry, 'data'), dataDir]);
  const found = await lstat(entry).catch(() => undefined);
  if (!found) {
    if (await canReach(user, dataDir)) await mkdir(entry, { recursive: true, mode: homeMode(user) });
    else await placeElsewhere(entry, { dataDir, sharedFolder, user, log });
  }
  const home = await realpath(entry);
  await access(home, constants.W_OK);
  if (!(await canReach(user, home))) throw outOfReach(home, user);
  return { user, home, data: join(home, 'data') };
}

/** Unix sockets have a path of at most 107 bytes, and PostgreSQL splits lists at commas, the linker at colons. */
const PLAIN_PATH = /^[\w./-]{1,80}$/;

/**
 * A private folder for the socket and the library links: `run/` in the home, or, if that path is too long or odd, one
 * below the system's temporary folder. `run` is then a link to it, by which the next start finds and removes it.
 */
export async function makeRunFolder({ home, user }: Placement): Promise<string> {
  await removeRunFolder(home);
  const entry = join(home, 'run');
  if (PLAIN_PATH.test(entry)) {
    await mkdir(entry, { mode: 0o700 });
    await giveTo(user, entry);
    return entry;
  }
  const folder = await mkdtemp(join(PLAIN_PATH.test(tmpdir()) ? tmpdir() : '/tmp', 'waybill-'));
  await giveTo(user, folder);
  await symlink(folder, entry);
  return folder;
}

export async function removeRunFolder(home: string): Promise<void> {
  const entry = join(home, 'run');
  const folder = await realpath(entry).catch(() => undefined);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await rm(entry, { recursive: true, force: true });
}

export async function giveTo(user: RunUser, path: string): Promise<void> {
  if (user.isOther) await chown(path, user.uid, user.gid);
}

/** Only passing through is allowed to the server's user; what lies in it is Waybill's. */
function homeMode(user: RunUser): number {
  return user.isOther ? 0o711 : 0o700;
}

async function placeElsewhere(
  entry: string,
  options: { dataDir: string; sharedFolder: string; user: RunUser; log: (line: string) => void },
): Promise<void> {
  const { dataDir, sharedFolder, user, log } = options;
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(sharedFolder, `${basename(dataDir)}-`));
  await chmod(folder, homeMode(user));
  await symlink(folder, entry);
  log(
    `PostgreSQL runs as ${user.name}, who cannot reach ${dataDir}: the database lies in ${folder} (${entry} links to it)`,
  );
}

async function refuseOtherMajors(dataDir: string, major: number): Promise<void> {
  const majors = (await readdir(dataDir)).flatMap((name) => {
    const match = /^pg(\d+)$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  const other = majors.at(0);
  if (other === undefined || majors.includes(major)) return;
  throw foreignVersion(join(dataDir, `pg${other}`), String(other), major);
}

export function foreignVersion(folder: string, found: string, major: number): AppError {
  return new AppError(
    'embedded.foreign_version',
    `${folder} holds data of PostgreSQL ${found}; this version of Waybill includes PostgreSQL ${major}, which cannot open it. ` +
      `Start the version of Waybill that wrote it and move the data with pg_dump, choose another folder with --data, ` +
      `or run a PostgreSQL ${found} yourself and name it with WAYBILL_DATABASE_URL.`,
    { details: { folder, found, expected: major } },
  );
}

function notOurs(folder: string, cause: unknown): AppError {
  return new AppError(
    'embedded.unavailable',
    `This user may not write to ${folder}, where the embedded PostgreSQL keeps its data. ` +
      'Run waybill as the user who owns it, or choose another folder with --data.',
    { cause, details: { folder } },
  );
}

function outOfReach(home: string, user: RunUser): AppError {
  return new AppError(
    'embedded.unavailable',
    `PostgreSQL runs as ${user.name}, who can no longer reach ${home}. ` +
      'Give that user the right to pass through its parent folders (chmod +x), or choose another folder with --data.',
    { details: { folder: home, user: user.name } },
  );
}
