/** Runs test files, each in a process of its own, as many at once as there are places; prints a line for each, and all of what failed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';
import type { Tally } from './tally-reporter.ts';

export interface TestFile {
  /** From the root. */
  readonly path: string;
  /** What the result is counted under, such as `http`. */
  readonly group: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** It leaves the processor to the others. */
  readonly givesWay?: boolean;
}

export interface FileResult extends Tally {
  readonly file: TestFile;
  readonly isGood: boolean;
  readonly seconds: number;
  readonly output: string;
}

/** A test that takes longer hangs, and so does a file. */
const TEST_TIMEOUT_MS = 300_000;
const FILE_TIMEOUT_MS = 900_000;

const REPORTER = fileURLToPath(new URL('./tally-reporter.ts', import.meta.url));

/**
 * @param places files that run at once; each place takes from a queue of its own, in turn, and goes on with the longest when that is empty
 * @param onEnd told of each file at its end; default: prints it
 */
export async function runFiles(
  queues: readonly (readonly TestFile[])[],
  places: number,
  onEnd: (result: FileResult) => void = printResult,
): Promise<FileResult[]> {
  const left = queues.map((queue) => [...queue]);
  const results: FileResult[] = [];
  const takeFor = (place: number) => {
    const own = left[place % left.length] ?? [];
    return (own.length > 0 ? own : left.toSorted((a, b) => b.length - a.length)[0])?.shift();
  };
  await Promise.all(
    Array.from({ length: places }, async (_, place) => {
      for (let file = takeFor(place); file !== undefined; file = takeFor(place)) {
        const result = await runFile(file);
        results.push(result);
        onEnd(result);
      }
    }),
  );
  return results;
}

/** A file that reports no totals (it crashed) is a failure. */
async function runFile(file: TestFile): Promise<FileResult> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-tally-'));
  const tallyFile = join(folder, 'tally.json');
  const startedAt = performance.now();
  try {
    const { code, output } = await runCommand(
      [
        process.execPath,
        `--test-timeout=${TEST_TIMEOUT_MS}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${REPORTER}`,
        `--test-reporter-destination=${tallyFile}`,
        file.path,
      ],
      { ...file, limitMs: FILE_TIMEOUT_MS },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const tally = await readTally(tallyFile);
    if (tally === undefined)
      return { ...NO_TALLY, file, isGood: false, seconds, output: `${output}${NO_TALLY_MESSAGE}` };
    // A hook around all of its tests may have failed.
    const failed = code === 0 ? tally.failed : Math.max(1, tally.failed);
    return { ...tally, failed, file, isGood: failed === 0, seconds, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const NO_TALLY: Tally = { passed: 0, failed: 1, skipped: 0, skips: [], slowest: [] };
const NO_TALLY_MESSAGE = `It ended before its tests had, has none, or took longer than ${FILE_TIMEOUT_MS / 1000} s.\n`;

async function readTally(file: string): Promise<Tally | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tally;
  } catch {
    return undefined;
  }
}

function printResult({ file, isGood, seconds, passed, failed, skipped, output }: FileResult): void {
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const where = file.path.startsWith(`test/${file.group}/`) ? file.path : `${file.path} (${file.group})`;
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${where}: ${counts.join(', ')} (${seconds.toFixed(1)} s)`);
  if (!isGood) console.log(output);
}
