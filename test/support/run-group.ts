/** Runs a group of test files with node's own runner, and counts. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tally } from './tally-reporter.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface GroupRun {
  /** Globs from the root. */
  readonly files: readonly string[];
  /** Test files that run at once. */
  readonly concurrency: number;
  readonly environment?: NodeJS.ProcessEnv;
  /** Collect the output instead of showing it. */
  readonly isQuiet?: boolean;
}

export interface GroupResult extends Tally {
  readonly isGood: boolean;
  /** What a quiet run would have shown. */
  readonly output: string;
}

/** A test that takes longer hangs. */
const TEST_TIMEOUT_MS = 300_000;

/**
 * Where Node keeps what it has made of the sources: a test file and each process that it starts load hundreds of them, and
 * stripping their types and compiling them takes half of such a start.
 */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compiled');

const REPORTER = fileURLToPath(new URL('./tally-reporter.ts', import.meta.url));

/** Runs the files and gives the totals. A run that reports none (it crashed) is a failure. */
export async function runGroup(run: GroupRun): Promise<GroupResult> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-tally-'));
  const tallyFile = join(folder, 'tally.json');
  try {
    const { code, output } = await runCommand(
      [
        process.execPath,
        '--test',
        `--test-concurrency=${run.concurrency}`,
        `--test-timeout=${TEST_TIMEOUT_MS}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${REPORTER}`,
        `--test-reporter-destination=${tallyFile}`,
        ...run.files,
      ],
      run,
    );
    const tally = await readTally(tallyFile);
    return { ...tally, isGood: code === 0 && tally.failed === 0, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command in the repository's root; the exit code is undefined when a signal ended it. */
export async function runCommand(
  [command, ...args]: readonly string[],
  { environment, isQuiet = false }: Pick<GroupRun, 'environment' | 'isQuiet'>,
): Promise<{ code: number | undefined; output: string }> {
  const child = spawn(command ?? '', args, {
    cwd: ROOT,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...environment },
    stdio: ['ignore', isQuiet ? 'pipe' : 'inherit', isQuiet ? 'pipe' : 'inherit'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? undefined));
  });
  return { code, output };
}

async function readTally(file: string): Promise<Tally> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tally;
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skips: [] };
  }
}
