import { AppError } from '../../core/errors.ts';
import { type OwnFolder, openOwnFolder } from '../../sandbox/own-folder.ts';
import { renderBytes, renderCount, renderDuration } from '../render/numbers.ts';
import { type Check, createScreen, type Screen } from './screen.ts';
import { openStage } from './stage.ts';
import type { Demo } from './steps.ts';
import { tellFlights } from './stories/flights.ts';
import { tellMovies } from './stories/movies.ts';
import { tellProtocols } from './stories/protocols.ts';
import { tellSpecies } from './stories/species.ts';
import { tellZipcodes } from './stories/zipcodes.ts';

export interface DemoOptions {
  /** An empty folder, which stays; default: one in the system's temporary folder, removed at the end. */
  readonly folder?: string;
  readonly isKept: boolean;
  readonly write: (text: string) => void;
}

export interface DemoResult {
  readonly checks: readonly Check[];
  readonly files: readonly { name: string; records?: number; sizeBytes: number; sha256: string }[];
  readonly seconds: number;
  readonly isGood: boolean;
}

const STORIES = [tellZipcodes, tellMovies, tellSpecies, tellFlights, tellProtocols];

/**
 * Takes four public files through a server of its own, and compares what came out with what went in.
 *
 * @throws AppError `usage.invalid` for a folder that is not empty, `job.stopped` after Ctrl-C; Error when a job does not succeed
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const startedAt = performance.now();
  const folder = await openOwnFolder('demo', { named: options.folder, isKept: options.isKept });
  const screen = createScreen(options.write);
  try {
    const files = await play(folder, screen);
    const ms = performance.now() - startedAt;
    const isGood = screen.checks.every((check) => check.isGood);
    showEnd(screen, { files, ms, isGood, folder });
    return { checks: screen.checks, files, seconds: Math.round(ms / 100) / 10, isGood };
  } finally {
    await folder.remove();
  }
}

async function play(folder: OwnFolder, screen: Screen): Promise<Demo['files']> {
  const what = folder.isThrowAway ? 'removed at the end; --keep keeps it' : 'kept';
  screen.text(`Waybill demo: four public files in, checked, repaired, and out again.\n`);
  screen.step('folder', `${folder.path} (${what})`);
  const stage = await openStage(folder.path);
  screen.step(
    'server',
    `ready in ${renderDuration(stage.startedInMs)}, with its own PostgreSQL and one worker process`,
  );
  const files: Demo['files'] = [];
  const interrupted = Promise.withResolvers<never>();
  const interrupt = () => interrupted.reject(new AppError('job.stopped', 'The demo was stopped.'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await Promise.race([tellStories({ stage, screen, files }), interrupted.promise]);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await stage.close();
  }
  return files;
}

async function tellStories(demo: Demo): Promise<void> {
  for (const tell of STORIES) await tell(demo);
}

const SHOWN_DIGITS = 16;

function showEnd(
  screen: Screen,
  end: { files: Demo['files']; ms: number; isGood: boolean; folder: OwnFolder },
): void {
  screen.title('Files', `the results, with the first ${SHOWN_DIGITS} digits of their SHA-256`);
  screen.table(
    [
      { title: 'name' },
      { title: 'records', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'SHA-256' },
    ],
    end.files.map((file) => [
      file.name,
      renderCount(file.records ?? 0),
      renderBytes(file.sizeBytes),
      `${file.sha256.slice(0, SHOWN_DIGITS)}…`,
    ]),
  );
  const good = screen.checks.filter((check) => check.isGood).length;
  const verdict = end.isGood
    ? `All ${good} checks hold.`
    : `${screen.checks.length - good} of ${screen.checks.length} checks FAILED.`;
  screen.text(`\n${verdict} It took ${renderDuration(end.ms)}.`);
  if (end.folder.isThrowAway) return;
  screen.text(`Look around:  waybill jobs --data ${end.folder.path}/data`);
  screen.text(`The files:    ${end.folder.path}/files`);
}
