/** The file of sealing keys: a line for each, the first one seals, the others open what was sealed before. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { createKeyLine, parseKeyLine, type SealingKey } from './sealing-key.ts';

const TITLE = `# The keys that seal the secrets in Waybill's database. The first one seals; the others open what was sealed before.
# Keep a copy of this file apart from the backups of the database. Without it, the secrets there are lost.
`;

/**
 * The keys, in order; none where there is no file.
 *
 * @throws AppError `config.invalid` for a file that is not one of keys, or cannot be read
 */
export async function readKeys(path: string): Promise<readonly SealingKey[]> {
  return parseKeys(await readText(path), path);
}

/** Makes the file with one key. Where others make it at the same time, one of them wins. */
export async function createKeyFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o711 });
  await writing(path, async () => {
    const temporary = await writeTemporary(path, `${TITLE}${createKeyLine()}\n`);
    try {
      // Unlike a rename, it leaves what is there.
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    await flushFolder(dirname(path));
  });
}

/** Puts a new key before the others. */
export async function addKey(path: string): Promise<void> {
  const lines = (await readText(path)).split('\n');
  const before = lines.findIndex((line) => parseKeyLine(line.trim()) !== undefined);
  const text = lines.toSpliced(Math.max(before, 0), 0, createKeyLine()).join('\n');
  await writing(path, async () => {
    await rename(await writeTemporary(path, text), path);
    await flushFolder(dirname(path));
  });
}

function parseKeys(text: string, path: string): readonly SealingKey[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const key = parseKeyLine(line);
    if (key !== undefined) return [key];
    // The line may be a key that was cut, so it is not repeated.
    throw new AppError(
      'config.invalid',
      `Line ${index + 1} of the key file ${path} is not a key: expected "wsk_" and 43 letters, digits, "-" or "_". Restore the file.`,
    );
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new AppError('config.invalid', `The key file ${path} cannot be read (${code}).`, { cause: error });
  }
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new AppError(
      'config.invalid',
      `The key file ${path} cannot be written (${(error as NodeJS.ErrnoException).code}). Make it writable, or put a new key into its first line: "wsk_" and 32 random bytes in base64url.`,
      { cause: error },
    );
  }
}

async function writeTemporary(path: string, text: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
