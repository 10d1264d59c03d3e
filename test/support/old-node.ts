import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Makes a new Node say that it is an old one, for machines that have no other. */
const PRETEND = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.0.0' })";

/** A Node before 24: one on the PATH, else this one in disguise. */
export async function findOldNode(): Promise<{ command: string; args: readonly string[] }> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const command = join(folder, 'node');
    const found = await access(command).then(
      () => promisify(execFile)(command, ['--version']),
      () => undefined,
    );
    if (found !== undefined && Number(/^v(\d+)/.exec(found.stdout)?.[1]) < 24) return { command, args: [] };
  }
  return { command: process.execPath, args: ['--import', PRETEND] };
}
