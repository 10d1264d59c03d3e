import { open, readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import type { Found } from '../transport.ts';
import { enter, LeavesRoot } from './real-folder.ts';

/** @throws LeavesRoot, and the file system's errors */
export async function findSource(root: string, path: readonly string[]): Promise<Found> {
  const real = await enter(root, path, { make: false });
  const found = await stat(real);
  if (found.isFile()) return { kind: 'file', sizeBytes: found.size, open: () => openFile(real) };
  return {
    kind: 'folder',
    list: () => listFiles(real),
    open: async (name) => openFile(await enterBelow(real, name)),
  };
}

async function enterBelow(folder: string, name: string): Promise<string> {
  return enter(folder, name.split('/'), { make: false }).catch((error: unknown) => {
    throw error instanceof LeavesRoot ? notThere(error) : error;
  });
}

/** Regular files alone: what a symbolic link leads to is not of the folder. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, '/'),
    )
    .toSorted();
}

async function openFile(path: string): Promise<Readable> {
  // A folder or a pipe of this name would open, or never.
  if (!(await stat(path)).isFile()) throw notThere();
  const handle = await open(path, 'r');
  // Closes itself at its end, and when it is destroyed.
  return handle.createReadStream();
}

function notThere(cause?: unknown): Error {
  return Object.assign(new Error('there is no file of this name', { cause }), { code: 'ENOENT' });
}
