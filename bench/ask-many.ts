/**
 * HTTP load from a process of its own, never from the one that is measured: `wrk`, whose one thread takes less than the server that it
 * asks, and where it is not installed a process of ours, which takes more.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface Asked {
  readonly perSecond: number;
  /** Who asked. */
  readonly client: 'wrk' | 'node:http';
}

/** @throws Error where an answer is not one that was hoped for */
export async function askMany(load: Load): Promise<Asked> {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const options = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, ...headers, load.url];
  const { stdout } = await run('wrk', options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return { stdout: undefined };
  });
  if (stdout === undefined) return { perSecond: await askFromProcess(load), client: 'node:http' };
  const [, rate] = /^Requests\/sec:\s+([\d.]+)/m.exec(stdout) ?? [];
  if (rate === undefined || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`${load.url} gave other answers than were hoped for:\n${stdout}`);
  }
  return { perSecond: Number(rate), client: 'wrk' };
}

async function askFromProcess(load: Load): Promise<number> {
  const client = fork(fileURLToPath(new URL('asking-process.ts', import.meta.url)));
  client.send(load);
  const [answer] = (await once(client, 'message')) as [{ perSecond?: number; error?: string }];
  if (answer.perSecond === undefined) throw new Error(`${load.url}: ${answer.error}`);
  return answer.perSecond;
}
