/** Starts a command in the repository's root and waits for its end. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Where Node keeps what it has made of the sources: a test file and each process that it starts load hundreds of them, and
 * stripping their types and compiling them takes half of such a start.
 */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compiled');

export interface CommandEnd {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly output: string;
}

/** Of what gives way: a third of what the others get, where all of them want it. */
const NICENESS = 5;

export interface CommandOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** When it is killed; default: never. */
  readonly limitMs?: number;
  /** It, and what it starts, leaves the processor to others. */
  readonly givesWay?: boolean;
}

export async function runCommand(
  [command, ...args]: readonly string[],
  { environment, limitMs, givesWay = false }: CommandOptions = {},
): Promise<CommandEnd> {
  const child = spawn(command ?? '', args, {
    cwd: ROOT,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(limitMs !== undefined && { timeout: limitMs, killSignal: 'SIGKILL' as const }),
  });
  if (givesWay && child.pid !== undefined) setPriority(child.pid, NICENESS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? undefined));
  });
  return { code, output };
}
