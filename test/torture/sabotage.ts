/**
 * Faults made on purpose, to prove that the oracle finds them. Each is made from outside: a row is changed behind the server's back, or
 * an answer is changed, or lost, before the campaign looks at it.
 */
import type { FaultKind } from './faults.ts';
import type { SeenIssue } from './issues.ts';
import { type Sql, type Target, whereOf } from './target.ts';
import type { SeenJob } from './watch.ts';

export interface Sabotage {
  /** Between the end of a job and the look at its table. */
  touchTable(sql: Sql, target: Target): Promise<void>;
  seeStatus(job: SeenJob): SeenJob;
  seeIssues(issues: readonly SeenIssue[]): readonly SeenIssue[];
  seeFailedRows<Row extends object>(rows: readonly Row[]): readonly Row[];
  seeExport<Row extends object>(rows: readonly Row[]): readonly Row[];
  /** An answer that never comes. */
  isLost(path: string): boolean;
}

export const NO_SABOTAGE: Sabotage = {
  touchTable: async () => {},
  seeStatus: (job) => job,
  seeIssues: (issues) => issues,
  seeFailedRows: (rows) => rows,
  seeExport: (rows) => rows,
  isLost: () => false,
};

interface Trick {
  /** What the campaign must report, and nothing else. */
  readonly finds: FaultKind;
  readonly make: () => Partial<Sabotage>;
}

const firstRow = (target: Target) => `id = (select min(id) from ${target.table} ${whereOf(target)})`;
const isOver = ({ state }: SeenJob) => state === 'succeeded';

function onTable(change: (target: Target) => string): Trick {
  return {
    finds: 'rows',
    make: () => ({
      touchTable: async (sql, target) => {
        await sql.query(change(target));
      },
    }),
  };
}

function onEnd(finds: FaultKind, change: (job: SeenJob) => SeenJob): Trick {
  return { finds, make: () => ({ seeStatus: (job) => (isOver(job) ? change(job) : job) }) };
}

function onCount(name: string, by: number): Trick {
  const add = (counts: Readonly<Record<string, number>>) => ({ ...counts, [name]: (counts[name] ?? 0) + by });
  return onEnd('counts', (job) => ({
    ...job,
    outcomes: add(job.outcomes),
    parts: job.parts.map((part) => ({ ...part, outcomes: add(part.outcomes) })),
  }));
}

/** A job that has ended is said to run for some more answers; in the last of them it has fallen back. */
function fallBack(): Partial<Sabotage> {
  const looks = new Map<string, number>();
  return {
    seeStatus(job) {
      const look = (looks.get(job.id) ?? 0) + 1;
      if (!isOver(job) || look > 12) return job;
      looks.set(job.id, look);
      return { ...job, state: 'running', progress: { ...job.progress, percentage: look > 4 ? 89 : 90 } };
    },
  };
}

function loseOnePoll(): Partial<Sabotage> {
  let isDone = false;
  return {
    isLost(path) {
      const isIt = !isDone && /^\/v1\/jobs\/[0-9a-f-]+$/.test(path);
      isDone ||= isIt;
      return isIt;
    },
  };
}

export const TRICKS = {
  'lose-row': onTable((target) => `delete from ${target.table} where ${firstRow(target)}`),
  'double-row': onTable(
    (target) =>
      `insert into ${target.table} select (json_populate_record(t, json_build_object('id', 1000000 + (select max(id) from ${target.table})))).* from ${target.table} t where ${firstRow(target)}`,
  ),
  'change-value': onTable((target) => `update ${target.table} set note = 'x' where ${firstRow(target)}`),
  'round-amount': onTable(
    (target) => `update ${target.table} set amount = amount + 0.01 where ${firstRow(target)}`,
  ),
  'count-too-many': onCount('created', 1),
  'count-too-few-rejected': onCount('rejected', -1),
  'end-otherwise': onEnd('end', (job) => ({
    ...job,
    state: 'failed',
    failure: { code: 'target.refused', message: '', retryable: false },
    progress: { ...job.progress, percentage: 99 },
  })),
  'claim-cancelled': onEnd('end', (job) => ({
    ...job,
    state: 'cancelled',
    progress: { ...job.progress, percentage: 99 },
  })),
  'stall-job': {
    finds: 'stuck',
    make: () => ({
      seeStatus: (job) =>
        isOver(job) ? { ...job, state: 'running', progress: { ...job.progress, percentage: 99 } } : job,
    }),
  },
  'fall-back': { finds: 'went back', make: fallBack },
  'lose-issue': { finds: 'issues', make: () => ({ seeIssues: (issues) => issues.slice(1) }) },
  'invent-issue': {
    finds: 'issues',
    make: () => ({
      seeIssues: (issues) => [...issues, { part: 0, record: 1, severity: 'error', code: 'field.missing' }],
    }),
  },
  'lose-failed-row': { finds: 'failed rows', make: () => ({ seeFailedRows: (rows) => rows.slice(1) }) },
  'swap-failed-rows': { finds: 'failed rows', make: () => ({ seeFailedRows: (rows) => rows.toReversed() }) },
  'tear-export': {
    finds: 'export',
    make: () => ({ seeExport: (rows) => rows.with(0, { ...rows[0], amount: '77' } as never) }),
  },
  'lose-answer': { finds: 'hung', make: loseOnePoll },
} as const satisfies Readonly<Record<string, Trick>>;

export type SabotageName = keyof typeof TRICKS;

export function createSabotage(name: SabotageName): Sabotage {
  const { make }: Trick = TRICKS[name];
  return { ...NO_SABOTAGE, ...make() };
}
