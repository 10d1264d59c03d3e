/** A finished job as a person would like to see it: what happened, what was rejected and why, what to do next. */
import type { WireIssueGroup, WireJob, WireOutcomes } from '../../sdk/wire.ts';
import { renderAmount, renderCount, renderDuration } from './numbers.ts';
import { visibleText } from './table.ts';

const MAX_GROUPS = 10;
const MAX_EXAMPLES = 2;
const FEWEST_FOR_RATE = 1000;

const OUTCOME_WORDS: Readonly<Record<keyof WireOutcomes, string>> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'unchanged',
  deleted: 'deleted',
  skipped: 'skipped',
  rejected: 'rejected',
  removed: 'removed from the target',
};

/** What each kind did, or did not: `imported`, `would be created`. */
const WORDS = {
  import: { verb: 'import into', prefix: '' },
  validation: { verb: 'validation for', prefix: 'would be ' },
  export: { verb: 'export of', prefix: '' },
} as const;

export function renderHeadline(job: WireJob): string {
  const ms = workedMs(job);
  const { processed } = job.progress;
  // What a few records take is the start of the job; a rate of them says nothing.
  const rate =
    ms === undefined || ms < 100 || processed < FEWEST_FOR_RATE
      ? undefined
      : Math.round((processed * 1000) / ms);
  const time = ms === undefined ? '' : ` in ${renderDuration(ms)}`;
  const speed = rate === undefined ? '' : ` (${renderCount(rate)} records/s)`;
  return `Job ${job.number}, ${WORDS[job.kind].verb} ${job.collection ?? '?'}: ${job.state}${time}${speed}`;
}

/** Lines without indent; the caller prints them. */
export function renderResult(job: WireJob, groups: readonly WireIssueGroup[]): string {
  const lines = [renderHeadline(job)];
  if (job.failure !== undefined) lines.push(`  ${job.failure.message} (${job.failure.code})`);
  lines.push(`  ${renderCounts(job)}`);
  if (job.state === 'cancelled') lines.push(`  ${renderKept(job)}`);
  for (const severity of ['error', 'warning'] as const) {
    const listed = groups.filter((group) => group.severity === severity);
    if (listed.length > 0)
      lines.push(severity === 'error' ? '  Rejected because:' : '  Warnings:', ...renderGroups(listed));
  }
  return `${[...lines, ...nextSteps(job).map((step) => `  ${step}`)].join('\n')}\n`;
}

export function renderCounts(job: WireJob): string {
  const { processed } = job.progress;
  if (job.kind === 'export') return renderAmount(processed, 'record');
  const { prefix } = WORDS[job.kind];
  const told = Object.entries(OUTCOME_WORDS).flatMap(([name, word]) => {
    const count = job.outcomes[name as keyof WireOutcomes];
    if (count === 0) return [];
    return [`${renderCount(count)} ${name === 'rejected' ? '' : prefix}${word}`];
  });
  const warned = job.results.warnings === 0 ? '' : ` (${renderCount(job.results.warnings)} with warnings)`;
  return `${renderAmount(processed, 'record')}${told.length === 0 ? '' : `: ${told.join(', ')}`}${warned}`;
}

/** What a job that was stopped has left behind. */
export function renderKept(job: WireJob): string {
  if (job.kind !== 'import') return 'Nothing was written.';
  const { created, updated, deleted } = job.outcomes;
  const kept = created + updated + deleted;
  return kept === 0
    ? 'Nothing was written.'
    : `Kept: ${renderAmount(kept, 'record')} written before the stop. Importing the same file again completes it (mode upsert).`;
}

function renderGroups(groups: readonly WireIssueGroup[]): string[] {
  const width = Math.max(...groups.map((group) => renderCount(group.count).length));
  const lines = groups.slice(0, MAX_GROUPS).flatMap((group) => {
    const field = group.field === undefined ? '' : `${visibleText(group.field)}: `;
    const head = `    ${renderCount(group.count).padStart(width)} × ${field}${visibleText(group.examples[0]?.message ?? '')} (${group.code})`;
    const examples = group.examples.slice(0, MAX_EXAMPLES).map((issue) => {
      const value = issue.value === undefined ? '' : `: ${JSON.stringify(issue.value)}`;
      return `${' '.repeat(width + 7)}record ${issue.record}, line ${issue.line}${value}`;
    });
    return [head, ...examples];
  });
  const left = groups.length - MAX_GROUPS;
  return left <= 0 ? lines : [...lines, `    and ${left} more kinds`];
}

function nextSteps(job: WireJob): string[] {
  const { number, state, kind, outcomes, failure } = job;
  const steps: string[] = [];
  if (outcomes.rejected > 0) {
    steps.push(`See all of them:   waybill issues ${number}`);
    steps.push(`Get failed rows:   waybill failed ${number} --out failed.csv`);
    steps.push(`Send them again:   waybill correct ${number} failed.csv`);
  } else if (kind === 'validation' && state === 'succeeded') {
    steps.push(`Import just that:  waybill import --checked ${number}`);
  }
  if (state === 'failed' && failure?.retryable === true)
    steps.push(`Try again:         waybill retry ${number}`);
  return steps.length === 0 ? [] : ['', ...steps];
}

/** From the first claim to the end; undefined for a job that never ran. */
export function workedMs(job: WireJob): number | undefined {
  if (job.startedAt === undefined || job.finishedAt === undefined) return undefined;
  return Date.parse(job.finishedAt) - Date.parse(job.startedAt);
}
