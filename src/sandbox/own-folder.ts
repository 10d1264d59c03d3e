import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';

export interface OwnFolder {
  readonly path: string;
  /** False: it stays. */
  readonly isThrowAway: boolean;
  remove(): Promise<void>;
}

/**
 * A folder for a server that is only tried out.
 *
 * @param name of who needs it, such as `demo`
 * @param options.named an empty folder, or one that is to be made, which stays; default: one in the system's temporary folder
 * @param options.isKept the temporary one stays, too
 * @throws AppError `usage.invalid` when the folder that was named has something in it
 */
export async function openOwnFolder(
  name: string,
  { named, isKept }: { readonly named: string | undefined; readonly isKept: boolean },
): Promise<OwnFolder> {
  if (named !== undefined && (await readdir(named).catch(() => [])).length > 0) {
    throw new AppError('usage.invalid', `The ${name} needs a folder of its own, and ${named} is not empty.`);
  }
  const path = named ?? (await mkdtemp(join(tmpdir(), `waybill-${name}-`)));
  await mkdir(path, { recursive: true });
  // Started by root, PostgreSQL runs as another user, who has to pass through.
  await chmod(path, 0o711);
  const isThrowAway = named === undefined && !isKept;
  return {
    path,
    isThrowAway,
    remove: async () => {
      if (isThrowAway) await rm(path, { recursive: true, force: true });
    },
  };
}
