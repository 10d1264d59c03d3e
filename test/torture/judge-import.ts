/** Holds what an import has done against what the oracle says. */
import type { Surroundings } from './ask.ts';
import type { Expectation, PartExpectation, PartSent } from './expectation.ts';
import type { Figures } from './figures.ts';
import type { Fate, Table } from './foretell.ts';
import { readIssues, type SeenIssue } from './issues.ts';
import type { Sabotage } from './sabotage.ts';
import { compareTables, readTable, type Sql, type Target } from './target.ts';
import type { SeenJob } from './watch.ts';

export interface ImportToJudge {
  readonly around: Surroundings;
  readonly sql: Sql;
  readonly figures: Figures;
  readonly sabotage: Sabotage;
  readonly where: string;
  readonly targets: readonly Target[];
  readonly sent: readonly PartSent[];
  readonly job: SeenJob;
  readonly expected: Expectation;
  /** Takes what each table holds now, right or wrong, so that one fault is told once. */
  readonly tables: Map<Target, Table>;
}

export async function judgeImport(given: ImportToJudge): Promise<void> {
  const { around, where, job, expected, targets, sent } = given;
  if (job.state !== expected.state || job.failure?.code !== expected.code) {
    const actual = `${job.state} ${JSON.stringify(job.failure ?? {})}`;
    around.faults.report('end', where, `${actual} instead of ${expected.state} ${expected.code ?? ''}`);
  }
  const issues = await readIssues(given, job);
  for (const [at, target] of targets.entries()) {
    const part = expected.parts[at] as PartExpectation;
    judgeCounts(given, at, part);
    judgeIssues(
      given,
      issues.filter((issue) => issue.part === at),
      part.fates,
    );
    await judgeTable(given, target, part);
    given.figures.countRecords(sent[at]?.records.length ?? 0);
  }
}

function judgeCounts({ around, where, job }: ImportToJudge, at: number, part: PartExpectation): void {
  const { outcomes = {} } = job.parts[at] ?? {};
  const expected: Readonly<Record<string, number>> = part.outcomes;
  const differing = Object.keys(expected).filter((name) => outcomes[name] !== expected[name]);
  // What was staged and has not landed is told in other ways.
  if (part.isUnwritten || differing.length === 0) {
    const landed = ['created', 'updated', 'unchanged', 'deleted', 'removed'].filter(
      (name) => outcomes[name] !== 0,
    );
    if (!part.isUnwritten || landed.length === 0) return;
  }
  around.faults.report('counts', where, `${JSON.stringify(outcomes)} instead of ${JSON.stringify(expected)}`);
}

/** Each refused record has its issues, and no other record has an error. */
function judgeIssues(
  { around, where }: ImportToJudge,
  issues: readonly SeenIssue[],
  fates: readonly Fate[],
): void {
  const found = new Map<number, Set<string>>();
  for (const { record, code, severity } of issues) {
    if (severity === 'error') found.set(record, (found.get(record) ?? new Set()).add(code));
  }
  const wrong = fates.flatMap(({ outcome, codes }, at) => {
    const seen = found.get(at + 1) ?? new Set<string>();
    const isRight = outcome === 'rejected' ? codes.every((code) => seen.has(code)) : seen.size === 0;
    return isRight
      ? []
      : [`record ${at + 1} is ${outcome} with ${[...seen].join()} instead of ${codes.join()}`];
  });
  if (wrong.length > 0) {
    around.faults.report('issues', where, `${wrong.length} records differ: ${wrong.slice(0, 5).join('; ')}`);
  }
}

async function judgeTable(given: ImportToJudge, target: Target, { after }: PartExpectation): Promise<void> {
  const { around, where, sql, sabotage, tables, figures } = given;
  await sabotage.touchTable(sql, target);
  const actual = await readTable(sql, target);
  const difference = compareTables(actual, after);
  if (difference !== undefined) around.faults.report('rows', where, difference);
  figures.countRows(actual.size);
  tables.set(target, actual);
}
