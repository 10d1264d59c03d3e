/** A disk without room keeps PostgreSQL from starting, and from writing down why: the ballast is given up then. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createBallast } from '../../../src/server/ballast.ts';
import { openDatabase } from '../../../src/server/open-database.ts';

const run = promisify(execFile);
const DISK_MEGABYTES = 320;

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

test('PostgreSQL that cannot start at all since the disk is full starts once the ballast is gone', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-ballast-'));
  const isMounted = await run('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${DISK_MEGABYTES}m`,
    'tmpfs',
    folder,
  ]).then(
    () => true,
    () => false,
  );
  if (!isMounted) {
    await rm(folder, { recursive: true });
    context.skip('needs root');
    return;
  }
  const lines: string[] = [];
  const options = {
    databaseUrl: undefined,
    dataDir: folder,
    minFreeBytes: 0,
    log: (line: string) => lines.push(line),
  };
  try {
    await chmod(folder, 0o711);
    await (await openDatabase(options)).stop();
    assert.ok(await createBallast(folder, 0).take(), 'there is room for the ballast');
    const disk = await statfs(folder);
    // To the last byte: not even postmaster.pid can be written.
    await writeFile(join(folder, 'filler'), Buffer.alloc(disk.bavail * disk.bsize));
    const database = await openDatabase(options);
    assert.equal(await isThere(join(folder, 'ballast')), false);
    assert.ok(
      lines.some((line) => line.includes('the ballast was dropped')),
      lines.join('\n'),
    );
    await database.stop();
  } finally {
    await run('umount', [folder]);
    await rm(folder, { recursive: true });
  }
});
