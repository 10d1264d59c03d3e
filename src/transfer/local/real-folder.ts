import { mkdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** The way leads out of the root through a symbolic link. */
export class LeavesRoot extends Error {
  override readonly name = 'LeavesRoot';
}

/**
 * Goes from a root down to a folder or file with every symbolic link resolved, and looks at each step that it has not left the root.
 *
 * @param options.make makes folders that are missing; never the root itself, which may be a disk that is not mounted
 * @throws LeavesRoot, and the file system's errors: ENOENT where a step is missing
 */
export async function enter(
  root: string,
  path: readonly string[],
  options: { readonly make: boolean },
): Promise<string> {
  const realRoot = await realpath(root);
  let here = realRoot;
  for (const step of path) {
    const next = join(here, step);
    if (options.make) await makeFolder(next);
    here = await realpath(next);
    if (!isWithin(realRoot, here)) throw new LeavesRoot(`a symbolic link at "${step}" leads out of the root`);
  }
  return here;
}

/** What is there already stays as it is, a link that leads nowhere too. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
