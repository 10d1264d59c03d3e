/** The issues of a job from its ledger, page by page, also while it runs. */
import type { ColumnFacts } from '../../collections/collection.ts';
import { createKeyMatch } from '../../collections/record-key.ts';
import { AppError } from '../../core/errors.ts';
import { describeIssue, type Issue } from '../../core/issue.ts';
import { createIssueGrouper, type IssueGroup } from '../../core/issue-groups.ts';
import type { Job } from '../../core/job.ts';
import { createCellLocator } from '../../formats/xlsx/cell-locator.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies, ListedSegment, RecordRange } from '../dependencies.ts';

/** What one answer looks at, about: a filter that fits few of many issues goes on with the next page. */
export const MAX_ISSUES = 50_000;
const MAX_SEGMENTS = 500;

export interface IssueQuery {
  readonly after?: string;
  readonly code?: string;
  readonly field?: string;
  readonly severity?: Issue['severity'];
  /** `17`, `10-20` or `10-`. */
  readonly record?: string;
  /** A record's key: one text for each of its fields, in the key's order. */
  readonly key?: readonly string[];
  readonly limit: number;
}

export interface IssuePage {
  readonly issues: readonly object[];
  /** Where the next page begins. */
  readonly next?: string;
}

/**
 * Issues that fit, in record order, and where the next page begins; a page may be empty and not the last.
 *
 * @throws AppError `request.invalid` for a cursor that is none, or a key that the collection's issues cannot have
 */
export async function findIssues(deps: ActionDependencies, job: Job, query: IssueQuery): Promise<IssuePage> {
  const cursor = parseCursor(query.after);
  const records = parseRange(query, cursor);
  const least = leastRecord(query.after, cursor);
  const page: object[] = [];
  const hasKey = await findKeyMatches(deps, job, query.key);
  const bound = createBound();
  for await (const { part, segment } of segmentsOf(deps, job, cursor, records)) {
    const isFirst = part === cursor?.part && segment.chunk === cursor.chunk;
    const found = segment.issues.filter(
      (issue) =>
        matches(issue, query, records) && !(isFirst && issue.record <= cursor.record) && hasKey(part, issue),
    );
    let last = isFirst ? cursor.record : 0;
    for (const issue of found) {
      // A page ends between two records, so that one number says where the next begins.
      if (page.length >= query.limit && issue.record !== last) {
        return { issues: page, next: renderCursor({ part, chunk: segment.chunk, record: last, least }) };
      }
      page.push(renderIssue(part, issue));
      last = issue.record;
    }
    if (bound.isReachedBy(segment)) {
      return { issues: page, next: renderCursor({ part, chunk: segment.chunk + 1, record: 0, least }) };
    }
  }
  return { issues: page };
}

/** Groups of a job that has none in store, since it runs or was stopped: of all issues in its ledger, or of the first ones. */
export async function groupIssues(
  deps: ActionDependencies,
  job: Job,
): Promise<{ readonly groups: readonly IssueGroup[]; readonly hasAll: boolean }> {
  const groupers = new Map<number, ReturnType<typeof createIssueGrouper>>();
  const bound = createBound();
  let hasAll = true;
  for await (const { part, segment } of segmentsOf(deps, job, undefined, EVERY_RECORD)) {
    const grouper = groupers.get(part) ?? createIssueGrouper();
    groupers.set(part, grouper);
    for (const issue of segment.issues) grouper.add(issue);
    hasAll = !bound.isReachedBy(segment);
    if (!hasAll) break;
  }
  const groups = [...groupers].flatMap(([part, grouper]) =>
    grouper.groups().map((group) => ({ part, ...group })),
  );
  return { groups: groups.toSorted((a, b) => b.count - a.count), hasAll };
}

/** An issue as the API shows it. */
export function renderIssue(part: number, issue: Issue): object {
  return { part, ...issue, message: describeIssue(issue) };
}

/** Behind a record of a chunk. */
interface Cursor {
  readonly part: number;
  readonly chunk: number;
  readonly record: number;
  /** No page has records before this one: the number that the first page was asked with. */
  readonly least: number;
}

function parseCursor(after: string | undefined): Cursor | undefined {
  const [part, chunk, record, least = 0] = (after ?? '').split('-').map(Number);
  if (part === undefined || chunk === undefined || record === undefined) return undefined;
  // The greatest number of a chunk is that of the final merge, and a cursor may stand behind it.
  if (chunk <= 2 ** 31) return { part, chunk, record, least };
  throw new AppError('request.invalid', `"after" must be the "next" of a page, got ${after}.`);
}

function renderCursor({ part, chunk, record, least }: Cursor): string {
  return [part, chunk, record, ...(least > 0 ? [least] : [])].join('-');
}

const EVERY_RECORD: RecordRange = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** A number in place of a cursor is the record before the first that is wanted. */
function parseRange({ record, after }: IssueQuery, cursor: Cursor | undefined): RecordRange {
  const least = leastRecord(after, cursor);
  if (record === undefined) return { ...EVERY_RECORD, from: least };
  const [from, to = from] = record.split('-');
  return { from: Math.max(least, Number(from)), to: to === '' ? EVERY_RECORD.to : Number(to) };
}

function leastRecord(after: string | undefined, cursor: Cursor | undefined): number {
  if (cursor !== undefined) return cursor.least;
  return after === undefined ? 0 : Number(after) + 1;
}

/** Each part has a key of its own; one that no part can have is refused before anything is read. */
async function findKeyMatches(
  deps: ActionDependencies,
  job: Job,
  key: readonly string[] | undefined,
): Promise<(part: number, issue: Issue) => boolean> {
  if (key === undefined) return () => true;
  const matches = new Map<number, ReturnType<typeof createKeyMatch>>();
  for (const { part, collection: name, collectionVersion } of job.parts) {
    const { collection } = await loadCollection(deps.pool, name, collectionVersion);
    const { targetFacts } = await readPinnedPart(deps.pool, job.id, part);
    const facts = targetFacts as { columns?: readonly ColumnFacts[] } | undefined;
    matches.set(part, createKeyMatch(collection, key, facts?.columns));
  }
  return (part, issue) => matches.get(part)?.(issue.key) ?? false;
}

async function* segmentsOf(
  deps: ActionDependencies,
  job: Job,
  cursor: Cursor | undefined,
  records: RecordRange,
): AsyncGenerator<{ part: number; segment: ListedSegment }> {
  for (const { part, collection: name, collectionVersion } of job.parts) {
    if (part < (cursor?.part ?? 0)) continue;
    const { collection } = await loadCollection(deps.pool, name, collectionVersion);
    const isFirst = cursor !== undefined && part === cursor.part && cursor.chunk > 0;
    const segments = deps.targets.issueSegments({
      collection,
      jobId: job.id,
      part,
      records,
      ...(isFirst && { afterChunk: cursor.chunk - 1 }),
    });
    const { sourceFacts } = await readPinnedPart(deps.pool, job.id, part);
    const locate = createCellLocator(sourceFacts);
    for await (const segment of segments)
      yield { part, segment: { ...segment, issues: segment.issues.map(locate) } };
  }
}

function matches(issue: Issue, query: IssueQuery, { from, to }: RecordRange): boolean {
  return (
    issue.record >= from &&
    issue.record <= to &&
    (query.code === undefined || issue.code === query.code) &&
    (query.field === undefined || issue.field === query.field) &&
    (query.severity === undefined || issue.severity === query.severity)
  );
}

function createBound(): { isReachedBy(segment: ListedSegment): boolean } {
  let issues = 0;
  let segments = 0;
  return {
    isReachedBy(segment) {
      issues += segment.issues.length;
      segments += 1;
      return issues >= MAX_ISSUES || segments >= MAX_SEGMENTS;
    },
  };
}
