/** A finished job as a person would like to see it: what happened, what was rejected and why, what to do next. */
import type { DialectGuess, FilledBy, ImportOptions } from '../../core/job.ts';
import { quoteName, showInvisible } from '../../core/show-invisible.ts';
import { visibleLines, visibleText } from '../../core/visible-text.ts';
import type {
  WireArtifact,
  WireIssueGroup,
  WireJob,
  WireOutcomes,
  WirePart,
  WireTimelineEntry,
} from '../../sdk/wire.ts';
import { timeOf } from './job-time.ts';
import { renderKeptRows } from './kept-rows.ts';
import { renderAmount, renderCount, renderDuration } from './numbers.ts';
import { renderSequences } from './sequences.ts';

const MAX_GROUPS = 10;
const MAX_EXAMPLES = 2;
const FEWEST_FOR_RATE = 1000;
/** A job that nothing stands before is taken within this. */
const UNTOLD_QUEUED_MS = 1000;

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

export function renderHeadline(job: WireJob, timeline?: readonly WireTimelineEntry[]): string {
  const { workedMs, queuedMs } = timeOf(job, timeline);
  const { processed } = job.progress;
  // What a few records take is the start of the job; a rate of them says nothing.
  const rate =
    workedMs === undefined || workedMs < 100 || processed < FEWEST_FOR_RATE
      ? undefined
      : Math.round((processed * 1000) / workedMs);
  const time = workedMs === undefined ? '' : ` in ${renderDuration(workedMs)}`;
  const speed = rate === undefined ? '' : ` (${renderCount(rate)} records/s)`;
  const queued = queuedMs <= UNTOLD_QUEUED_MS ? '' : `, after ${renderDuration(queuedMs)} in the queue`;
  return `Job ${job.number}, ${WORDS[job.kind].verb} ${renderCollections(job)}: ${job.state}${time}${speed}${queued}`;
}

/** The collections of a job, in order, each once. */
export function renderCollections({ collection, parts }: WireJob): string {
  return collection ?? [...new Set(parts.map((part) => part.collection))].join(', ');
}

/** One line for each part, where there are several. */
function renderParts({ kind, parts }: WireJob): string[] {
  if (parts.length <= 1) return [];
  return parts.map((part) => {
    const { processed, total = processed, outcomes } = part;
    const rejected =
      kind === 'export' || outcomes.rejected === 0 ? '' : `, ${renderCount(outcomes.rejected)} rejected`;
    const end = part.isComplete ? '' : processed === 0 ? ', not started' : ', not complete';
    return `    part ${part.part + 1}, ${part.collection}: ${renderCount(processed)} of ${renderAmount(total, 'record')}${rejected}${end}`;
  });
}

/** What a result is told from, beside the job. */
export interface ResultParts {
  readonly groups?: readonly WireIssueGroup[];
  readonly artifacts?: readonly WireArtifact[];
  readonly timeline?: readonly WireTimelineEntry[];
  /** False where the collection is a query, into which nothing can be imported. Default true. */
  readonly isWritable?: boolean;
}

/** Lines without indent; the caller prints them. */
export function renderResult(job: WireJob, parts: ResultParts = {}): string {
  const { groups = [], artifacts = [], timeline, isWritable = true } = parts;
  const lines = [renderHeadline(job, timeline)];
  if (job.failure !== undefined)
    lines.push(`  ${visibleLines(job.failure.message).replaceAll('\n', '\n  ')} (${job.failure.code})`);
  lines.push(
    `  ${renderCounts(job)}`,
    ...renderParts(job),
    ...job.parts.flatMap(renderGuesses),
    ...job.parts.flatMap((part) => renderIgnored(job, part)),
    ...renderKeptRows(timeline),
    ...renderSequences(timeline),
  );
  if (job.state === 'cancelled') lines.push(`  ${renderKept(job)}`);
  for (const severity of ['error', 'warning'] as const) {
    const listed = groups.filter((group) => group.severity === severity);
    if (listed.length > 0)
      lines.push(severity === 'error' ? '  Rejected because:' : '  Warnings:', ...renderGroups(listed));
  }
  const steps = nextSteps(job, artifacts, isWritable).map(
    ([what, how]) => `  ${`${what}:`.padEnd(18)} waybill ${how}`,
  );
  return `${[...lines, ...(steps.length === 0 ? [] : ['', ...steps])].join('\n')}\n`;
}

const GUESS_WORDS: Readonly<Record<DialectGuess['what'], readonly [name: string, options: string]>> = {
  encoding: ['encoding', '--encoding'],
  delimiter: ['delimiter', '--delimiter'],
  quote: ['quote', '--quote'],
  header: ['header', '--header or --no-header'],
  skipLines: ['lines above the header', '--skip-lines or --header-row'],
  sheet: ['sheet', '--sheet'],
};

/** A file that was read wrongly often gives no issue at all, so what was guessed is said with every result. */
function renderGuesses({ guesses = [] }: WirePart): string[] {
  return guesses.map(renderGuess);
}

export function renderGuess({ what, value, because }: DialectGuess): string {
  const [name, options] = GUESS_WORDS[what];
  const guess = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return `  Guessed ${name}: ${visibleText(guess)} (${visibleText(because)}); ${options} sets it`;
}

const SHOWN_IGNORED = 10;
const FILLED_BY: Readonly<Record<FilledBy, string>> = { generated: 'generated', identity: 'identity always' };

/** A field that nobody asked for is most often one whose name is misspelt. */
function renderIgnored({ kind }: WireJob, { collection, ignored }: WirePart): string[] {
  if (ignored === undefined) return [];
  const filled = ignored.fields.filter(({ because }) => because !== undefined);
  const others = ignored.fields.filter(({ because }) => because === undefined);
  const lines: string[] = [];
  if (others.length > 0) {
    const names = others.map(({ name, closest }) => {
      return quoteName(name) + (closest === undefined ? '' : ` (did you mean ${quoteName(closest)}?)`);
    });
    const what = kind === 'validation' ? 'Warning: would be ignored' : 'Ignored';
    const shown = listNames(names, ignored.count - filled.length);
    lines.push(`  ${what}, since ${collection} has no such field: ${shown}`);
  }
  if (filled.length > 0) {
    const names = filled.map(
      ({ name, because = 'generated' }) => `${quoteName(name)} (${FILLED_BY[because]})`,
    );
    const what = kind === 'validation' ? 'Would be ignored' : 'Ignored';
    lines.push(`  ${what}, since only the database fills the column: ${listNames(names, filled.length)}`);
  }
  return lines;
}

function listNames(names: readonly string[], count: number): string {
  const shown = names.slice(0, SHOWN_IGNORED);
  const left = count - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${renderCount(left)} more`;
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
  if (kept === 0) return 'Nothing was written.';
  const completed = isResumable(job) ? '' : ' Importing the same file again completes it (mode upsert).';
  return `Kept: ${renderAmount(kept, 'record')} written before the stop.${completed}`;
}

function renderGroups(groups: readonly WireIssueGroup[]): string[] {
  const width = Math.max(...groups.map((group) => renderCount(group.count).length));
  const lines = groups.slice(0, MAX_GROUPS).flatMap((group) => {
    const field = group.field === undefined ? '' : `${visibleText(group.field)}: `;
    const words = group.examples[0]?.message ?? '';
    const head = `    ${renderCount(group.count).padStart(width)} × ${field}${visibleText(words)} (${group.code})`;
    const examples = group.examples.slice(0, MAX_EXAMPLES).map((issue) => {
      const value = issue.value === undefined ? '' : `: ${showInvisible(JSON.stringify(issue.value))}`;
      // The head has the words of the first; those of the database, of own code and of duplicates differ by record.
      const other = issue.message === words ? '' : `: ${visibleText(issue.message)}`;
      return `${' '.repeat(width + 7)}record ${issue.record}, ${visibleText(issue.cell ?? `line ${issue.line}`)}${value}${other}`;
    });
    return [head, ...examples];
  });
  const left = groups.length - MAX_GROUPS;
  return left <= 0 ? lines : [...lines, `    and ${renderAmount(left, 'more kind')}`];
}

/** What can be done now, with the command that does it. Files are named as the job has left them. */
function nextSteps(
  job: WireJob,
  artifacts: readonly WireArtifact[],
  isWritable: boolean,
): [string, string][] {
  const { number, state, kind, outcomes, failure } = job;
  const steps: [string, string][] = [];
  if (outcomes.rejected > 0) {
    steps.push(['See all issues', `issues ${number}`]);
    steps.push(...artifacts.flatMap((artifact) => repairSteps(job, artifact)));
  } else if (kind === 'validation' && state === 'succeeded' && isWritable && job.parts.length <= 1) {
    steps.push(['Import this file', `import --checked ${number}`]);
  }
  if (state === 'failed' && failure?.retryable === true) steps.push(['Try again', `retry ${number}`]);
  if (isResumable(job)) steps.push(['Resume', `resume ${number}`]);
  return steps;
}

function repairSteps(job: WireJob, { kind, name, removedAt }: WireArtifact): [string, string][] {
  const { number } = job;
  if (removedAt !== undefined) return [];
  if (kind === 'unreadable_rows') return [['Get unreadable', `failed ${number} --unreadable --out ${name}`]];
  if (kind !== 'failed_rows') return [];
  // Each part has such a file of its own, which goes back as an import of its own.
  if (job.parts.length > 1) return [['Get failed rows', `download ${number} ${name} --out ${name}`]];
  const get: [string, string] = ['Get failed rows', `failed ${number} --out ${name}`];
  // Where all was to be written or nothing, and nothing was, the failed rows alone would leave the good ones out.
  const { atomicity, mode } = job.options as Partial<ImportOptions>;
  const isNothingWritten = job.state !== 'succeeded' && (atomicity === 'all' || mode === 'replace');
  return isNothingWritten ? [get] : [get, ['Send them again', `correct ${number} ${name}`]];
}

function isResumable({ state, reason }: WireJob): boolean {
  return state === 'paused' || (state === 'cancelled' && reason === 'stop_time');
}
