/** Which user the server runs as: PostgreSQL refuses to run as root, and needs a user that has a name. */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { AppError } from '../../core/errors.ts';

export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** True when Waybill is root and hands the server to another user. */
  readonly isOther: boolean;
}

/**
 * An ordinary user runs the server itself. Root hands it to the owner of the first of `folders` that exists and is
 * not root's, else to `postgres`, else to `nobody`.
 * @throws AppError `embedded.unavailable` when the user has no name, or there is nobody to hand it to
 */
export async function findRunUser(folders: readonly string[]): Promise<RunUser> {
  const uid = process.getuid?.();
  if (uid !== 0) return describeSelf();
  const users = await readUsers();
  const owner = await findOwner(folders);
  if (owner !== undefined) {
    const user = users.find((user) => user.uid === owner.uid);
    if (!user) throw namelessUser(owner.uid, `the owner of ${owner.folder}`);
    return user;
  }
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((user) => user.name === name);
    if (user) return user;
  }
  throw new AppError(
    'embedded.unavailable',
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      'Start waybill as an ordinary user, or name a server with WAYBILL_DATABASE_URL.',
  );
}

/** Whether `user` may pass through all parents of `path`, and through (or run) itself. Asked of the system, which knows ACLs too. */
export async function canReach(user: RunUser, path: string): Promise<boolean> {
  if (!user.isOther) return true;
  const test = ['-c', '[ -x "$1" ]', 'sh', path];
  try {
    await promisify(execFile)('/bin/sh', test, { uid: user.uid, gid: user.gid, cwd: '/', env: {} });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
    throw new AppError(
      'embedded.unavailable',
      `PostgreSQL does not run as root, and this root user may not start processes as ${user.name}. ` +
        'Start waybill as an ordinary user, or name a server with WAYBILL_DATABASE_URL.',
      { cause: error },
    );
  }
}

function describeSelf(): RunUser {
  try {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid, isOther: false };
  } catch {
    throw namelessUser(process.getuid?.() ?? -1, 'the user that runs waybill');
  }
}

function namelessUser(uid: number, who: string): AppError {
  return new AppError(
    'embedded.unavailable',
    `PostgreSQL needs a user with a name, and ${who} (uid ${uid}) has none on this machine. ` +
      'Add the user to /etc/passwd, run as another one, or name a server with WAYBILL_DATABASE_URL.',
    { details: { uid } },
  );
}

async function findOwner(folders: readonly string[]): Promise<{ uid: number; folder: string } | undefined> {
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    if (found && found.uid !== 0) return { uid: found.uid, folder };
  }
  return undefined;
}

async function readUsers(): Promise<RunUser[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid), isOther: true }] : [];
  });
}
