/** In which order test files run, and how many at once. */
import { availableParallelism } from 'node:os';
import type { TestFile } from './run-files.ts';

/**
 * Groups that start servers, workers and commands, and then wait for them: each takes less than half of a core. The others compute, or let
 * PostgreSQL compute.
 */
const WAITING = ['cases', 'cli', 'docs', 'package', 'process', 'sandbox', 'torture'];

/** What takes a minute or more begins first, so that none of it is left alone at the end. */
const LONG = [
  'test/torture/campaign.test.ts',
  'test/engine/same-verdicts.test.ts',
  'test/engine/damaged-files.test.ts',
  'test/engine/equal-keys.test.ts',
  'test/engine/round-trip.test.ts',
  'test/engine/round-trip-schemas.test.ts',
  'test/engine/same-verdicts-narrow.test.ts',
  'test/postgres/targets/existing-keys.test.ts',
  'test/postgres/targets/crashes.test.ts',
  'test/docs/run-examples.test.ts',
  'test/process/kill-worker.test.ts',
  'test/process/kill-server.test.ts',
  'test/package/pack.test.ts',
  'test/process/shutdown.test.ts',
  'test/cli/shared-folder.test.ts',
  'test/cli/whole-way.test.ts',
  'test/http/fuzz.test.ts',
  'test/cases/header.test.ts',
  'test/cases/protocols.test.ts',
  'test/cases/values.test.ts',
  'test/cases/lines.test.ts',
  'test/process/configured-limits.test.ts',
];

/** Two queues, one of files that wait and one of files that compute. The latter give way: the others measure how soon something happens. */
export function planFiles(files: readonly TestFile[]): TestFile[][] {
  const rank = ({ path }: TestFile) => (LONG.includes(path) ? LONG.indexOf(path) : LONG.length);
  const inOrder = files.toSorted((a, b) => rank(a) - rank(b));
  const isWaiting = ({ group }: TestFile) => WAITING.includes(group);
  const computing = inOrder.filter((file) => !isWaiting(file));
  return [inOrder.filter(isWaiting), computing.map((file) => ({ ...file, givesWay: true }))];
}

/** As many of each queue as there are cores. */
export const PLACES = 2 * availableParallelism();
