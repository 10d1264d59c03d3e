import { open, opendir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
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
    list: (folder) => listFiles(real, folder),
    open: async (name) => openFile(await enterBelow(real, name)),
  };
}

async function enterBelow(folder: string, name: string): Promise<string> {
  return enter(folder, name.split('/'), { make: false }).catch((error: unknown) => {
    throw error instanceof LeavesRoot ? notThere(error) : error;
  });
}

/** Regular files alone: what a symbolic link leads to is not of the folder. */
async function* listFiles(root: string, below?: string): AsyncGenerator<string> {
  const start = below === undefined ? root : await enterBelow(root, below).catch(undefinedIfMissing);
  if (start === undefined || !(await stat(start)).isDirectory()) return;
  const folders = [start];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // Not by its own recursion, which holds much of what it has seen.
    for await (const entry of await opendir(folder, { bufferSize: 256 })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (entry.isFile()) yield relative(start, path).replaceAll(sep, '/');
    }
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** Nothing is there, or a step of the way is no folder. */
export function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOENT' || code === 'ENOTDIR';
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
