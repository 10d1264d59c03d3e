import type { Pool } from 'pg';
import type { Collection } from '../../collections/collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import type { Issue } from '../../core/issue.ts';
import type { Job, JobPart } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import { createCellLocator } from '../../formats/xlsx/cell-locator.ts';
import { getCollection } from '../../store/collections.ts';
import { findJob, readTimeline } from '../../store/jobs/find-jobs.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import { markLogEnded, noteLogTrouble } from '../../store/run-logs.ts';
import type { Target } from '../../targets/target.ts';
import type { Carrier } from '../../transfer/carrier.ts';
import { encodePieces } from '../report/byte-stream.ts';
import { issueLines } from '../report/issue-files.ts';
import { type LogLine, renderLog } from './render-log.ts';

/** How a job ends. */
export type Ending = Pick<Job, 'state' | 'failure'>;

export interface LogDependencies {
  readonly pool: Pool;
  readonly carrier: Pick<Carrier, 'write'>;
  readonly targetOf: (collection: Collection) => Target;
  /** Issues in the log at most. */
  readonly issuesPerJob: number;
}

/**
 * Writes the log of a job as it stands now, whole, in place of what was there; with results and issues once the job has ended. What keeps
 * it from being written is noted in the timeline, and is no fault of the job.
 *
 * @param ending how the job is about to end, so that its log is there before anybody is told
 * @throws only what the database does
 */
export async function writeLog(
  deps: LogDependencies,
  jobId: string,
  lines: readonly LogLine[] = [],
  ending?: Ending,
): Promise<void> {
  const found = await findJob(deps.pool, jobId);
  if (found?.log === undefined) return;
  const job = { ...found, ...ending };
  const timeline = await readTimeline(deps.pool, jobId);
  const text = renderLog(job, timeline, lines);
  try {
    await deps.carrier.write(found.log.location, encodePieces(allOf(deps, job, text)));
  } catch (error) {
    await noteLogTrouble(deps.pool, job, (error as Error).message);
    return;
  }
  if (isFinal(found.state)) await markLogEnded(deps.pool, jobId);
}

async function* allOf(deps: LogDependencies, job: Job, text: readonly string[]): AsyncIterable<string> {
  yield* text;
  if (!isFinal(job.state) || job.kind === 'export') return;
  let part: number | undefined;
  let told: number | undefined;
  const issues = (async function* () {
    for (const each of job.parts) {
      for await (const issue of issuesOf(deps, job, each)) {
        part = each.part;
        yield issue;
      }
    }
  })();
  for await (const line of issueLines(issues, deps.issuesPerJob)) {
    if (part !== told) yield `\nIssues${job.parts.length > 1 ? ` of part ${(part ?? 0) + 1}` : ''}\n`;
    told = part;
    yield `  ${line}`;
  }
}

async function* issuesOf(
  { pool, targetOf }: LogDependencies,
  job: Job,
  { part, collection, collectionVersion }: JobPart,
): AsyncIterable<Issue> {
  const stored = await getCollection(pool, collection, collectionVersion);
  const target = targetOf(parseStoredCollection(stored.definition));
  const { sourceFacts } = await readPinnedPart(pool, job.id, part);
  const locate = createCellLocator(sourceFacts);
  for await (const segment of target.issueSegments({ jobId: job.id, part }))
    yield* segment.issues.map(locate);
}
