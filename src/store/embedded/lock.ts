/**
 * One process per embedded server. The lock is SQLite's exclusive lock on a file: a lock of the operating system,
 * which any death of its holder frees at once, `kill -9` included, where a file with a process id would go stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';

export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the exclusive lock of `folder`, without waiting.
 * @throws AppError `embedded.locked` naming the process that holds it
 */
export function lockFolder(folder: string): FolderLock {
  const holderFile = join(folder, 'lock.json');
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    const pid = readHolder(holderFile);
    throw new AppError(
      'embedded.locked',
      `The embedded PostgreSQL in ${folder} is in use by another process${pid === undefined ? '' : ` (pid ${pid})`}. ` +
        'Stop that process, or choose another data folder with --data.',
      { cause, details: { folder, ...(pid === undefined ? {} : { pid }) }, isRetryable: true },
    );
  }
  writeFileSync(holderFile, JSON.stringify({ pid: process.pid }));
  return { release: () => database.close() };
}

function readHolder(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid?: number }).pid;
  } catch {
    // The holder has not written it yet; the refusal stays the same without the number.
    return undefined;
  }
}
