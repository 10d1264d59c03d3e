/** What commands need to find a running server: `server.json` in the data folder, and the token it names. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerFile {
  readonly url: string;
  readonly tokenPath: string;
  readonly pid: number;
}

export function serverFilePath(dataDir: string): string {
  return join(dataDir, 'server.json');
}

/** The server's token: made once, kept in a file that only its owner may read. */
export async function provideToken(dataDir: string): Promise<{ token: string; tokenPath: string }> {
  const tokenPath = join(dataDir, 'token');
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  try {
    const token = randomBytes(32).toString('base64url');
    await writeFile(tokenPath, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return { token, tokenPath };
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    return { token: (await readFile(tokenPath, 'utf8')).trim(), tokenPath };
  }
}

/** Appears at once and whole, after the server answers. */
export async function writeServerFile(dataDir: string, file: ServerFile): Promise<void> {
  const temporary = `${serverFilePath(dataDir)}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, serverFilePath(dataDir));
}

/** Only our own: another server may have written it since. */
export async function removeServerFile(dataDir: string): Promise<void> {
  const text = await readFile(serverFilePath(dataDir), 'utf8').catch(() => undefined);
  if (text !== undefined && (JSON.parse(text) as ServerFile).pid === process.pid)
    await rm(serverFilePath(dataDir));
}
