/**
 * A file that only takes up space, beside the embedded database. A full disk makes PostgreSQL panic, and its recovery needs room for
 * WAL: the supervisor then drops the ballast, so that the database comes up again, and takes it in again when there is space.
 */
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

const BALLAST_BYTES = 64 * 1024 * 1024;
const PIECE = Buffer.alloc(1024 * 1024);

export interface Ballast {
  /** Makes the file if there is room for it beside `reserveBytes`. @returns whether it is there */
  take(): Promise<boolean>;
  /** Frees its space. Never rejects. @returns whether there was any to free */
  drop(): Promise<boolean>;
}

/** @param reserveBytes free space that must be left when the ballast has been taken in */
export function createBallast(dataDir: string, reserveBytes: number): Ballast {
  const path = join(dataDir, 'ballast');
  return {
    async take() {
      const existing = await stat(path).catch(() => undefined);
      if (existing !== undefined && existing.size >= BALLAST_BYTES) return true;
      const disk = await statfs(dataDir);
      if (disk.bavail * disk.bsize < reserveBytes + BALLAST_BYTES) return false;
      await fill(path);
      return true;
    },
    async drop() {
      return rm(path).then(
        () => true,
        () => false,
      );
    },
  };
}

/** Real bytes: a sparse file would hold no space. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (let written = 0; written < BALLAST_BYTES; written += PIECE.length) await file.write(PIECE);
    await file.sync();
  } finally {
    await file.close();
  }
}
