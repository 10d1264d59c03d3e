import type { Counts } from '../../core/counts.ts';
import { type Destination, describeDelivery } from '../../core/delivery.ts';
import type {
  DialectGuess,
  ExportOptions,
  Filter,
  IgnoredFields,
  ImportOptions,
  Job,
  JobFailure,
  JobKind,
  JobOrigin,
  JobPart,
  LogRequest,
  PartSource,
  Phase,
} from '../../core/job.ts';
import { isFinal, type JobState } from '../../core/job-state.ts';
import type { NotificationState, NotificationStatus, NotifyRequest } from '../../core/notification.ts';
import type { ReportStatus } from '../../core/report.ts';
import { parseLaneCandidate } from './lane.ts';
import { unpackOptions } from './stored-options.ts';

/** `JOB_ROW` of `waybill.jobs`, with `JOB_COLUMNS`. */
export interface JobRow {
  id: string;
  number: string;
  kind: JobKind;
  state: JobState;
  options: ImportOptions | ExportOptions;
  destination: Destination | null;
  log: LogRequest | null;
  delivery_started_at: Date | null;
  delivery_attempts: number;
  delivery_error: string | null;
  worker_id: string | null;
  not_before: Date | null;
  parts: PartRow[] | null;
  description: string | null;
  labels: string[];
  metadata: Record<string, unknown>;
  created_by: string | null;
  parent_id: string | null;
  after_id: string | null;
  notify: NotifyRequest | null;
  notification: NotificationRow | null;
  /** Only while it is owed, or given up. */
  report: { given_up: boolean; error: string | null } | null;
  traceparent: string | null;
  origin: JobOrigin | null;
  priority: number;
  source_bytes: string | null;
  lane_turns: number;
  start_at: Date | null;
  stop_at: Date | null;
  epoch: number;
  reason: string | null;
  failure: JobFailure | null;
  phase: Phase;
  percentage: number;
  estimated_completion: Date | null;
  waits_for: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  ledger_dropped_at: Date | null;
  values_dropped_at: Date | null;
  updated_at: Date;
  version: string;
}

interface NotificationRow {
  state: NotificationState;
  attempts: number;
  last_error: string | null;
}

interface PartRow extends Counts {
  part: number;
  collection: string;
  collection_version: number;
  scope: Record<string, string>;
  source: PartSource | null;
  fields: readonly string[] | null;
  filter: Filter | null;
  total: number | null;
  completed: boolean;
  staged: number;
  guesses: readonly DialectGuess[] | null;
  ignored: IgnoredFields | null;
}

const ROW_COLUMNS = [
  'id',
  'number',
  'kind',
  'state',
  'options',
  'destination',
  'log',
  'delivery_started_at',
  'delivery_attempts',
  'delivery_error',
  'worker_id',
  'not_before',
  'description',
  'labels',
  'metadata',
  'created_by',
  'parent_id',
  'after_id',
  'notify',
  'traceparent',
  'origin',
  'priority',
  'source_bytes',
  'lane_turns',
  'start_at',
  'stop_at',
  'epoch',
  'reason',
  'failure',
  'phase',
  'percentage',
  'estimated_completion',
  'waits_for',
  'created_at',
  'started_at',
  'finished_at',
  'ledger_dropped_at',
  'values_dropped_at',
  'updated_at',
  'version',
] as const satisfies readonly (keyof JobRow)[];

/** What is read of the row of `j`, by name: a column that is added later changes no prepared statement's result. */
export const JOB_ROW = ROW_COLUMNS.map((name) => `j.${name}`).join(', ');

/** The parts of `j` as one JSON array: counters fit a double up to 2^53. */
export const PARTS_COLUMN = `(
  select json_agg(json_build_object('part', p.part, 'collection', p.collection,
    'collection_version', p.collection_version, 'scope', p.scope, 'source', p.source,
    'fields', p.fields, 'filter', p.filter, 'total', p.total,
    'completed', p.completed_at is not null,
    'guesses', p.source_facts->'guesses', 'ignored', p.source_facts->'ignored',
    'created', p.created, 'updated', p.updated, 'unchanged', p.unchanged, 'deleted', p.deleted,
    'staged', p.staged, 'skipped', p.skipped, 'rejected', p.rejected, 'warned', p.warned, 'removed', p.removed) order by p.part)
  from waybill.parts p where p.job_id = j.id) as parts`;

/** A notification `n` as JSON. */
export const NOTIFICATION_JSON = `json_build_object('state', n.state, 'attempts', n.attempts, 'last_error', n.last_error)`;

/** The latest notification of `j`; looked for only where somebody wants one. */
export const LATEST_NOTIFICATION = `case when j.notify is not null then (
  select ${NOTIFICATION_JSON} from waybill.notifications n where n.job_id = j.id order by n.sequence desc limit 1
) end`;

/** What is known of a report `r` that is owed, as JSON. */
export const REPORT_JSON = `json_build_object('given_up', r.given_up_at is not null, 'error', r.error)`;

/** What belongs to a job `j` beside its row. */
export const JOB_COLUMNS = `${PARTS_COLUMN}, ${LATEST_NOTIFICATION} as notification,
  case when j.finished_at is not null then (
    select ${REPORT_JSON} from waybill.reports r where r.job_id = j.id) end as report`;

function parseReport({ kind, state, report }: JobRow): ReportStatus | undefined {
  if (kind === 'export' || !isFinal(state)) return undefined;
  if (report === null) return { state: 'complete' };
  const { given_up: isGivenUp, error } = report;
  return { state: isGivenUp ? 'given_up' : 'pending', ...(error !== null && { error }) };
}

function parseNotification({ state, attempts, last_error }: NotificationRow): NotificationStatus {
  return { state, attempts, ...(last_error !== null && { lastError: last_error }) };
}

function parsePart(row: PartRow): JobPart {
  const {
    part,
    collection,
    collection_version,
    scope,
    source,
    fields,
    filter,
    total,
    completed,
    guesses,
    staged,
    ignored,
    ...counts
  } = row;
  return {
    part,
    collection,
    collectionVersion: collection_version,
    scope,
    counts,
    isComplete: completed,
    ...(staged > 0 && { staged }),
    ...(source !== null && { source }),
    ...(fields !== null && { fields }),
    ...(filter !== null && { filter }),
    ...(total !== null && { total }),
    ...(guesses !== null && guesses.length > 0 && { guesses }),
    ...(ignored !== null && { ignored }),
  };
}

function parseDelivery(row: JobRow): Pick<Job, 'destination' | 'delivery'> {
  if (row.destination === null) return {};
  const delivery = describeDelivery({
    state: row.state,
    isHeld: row.worker_id !== null,
    attempts: row.delivery_attempts,
    ...(row.delivery_started_at !== null && { startedAt: row.delivery_started_at }),
    ...(row.not_before !== null && { notBefore: row.not_before }),
    ...(row.delivery_error !== null && { lastError: row.delivery_error }),
  });
  return { destination: row.destination, delivery };
}

export function parseJobRow(row: JobRow): Job {
  const report = parseReport(row);
  return {
    id: row.id,
    number: Number(row.number),
    kind: row.kind,
    state: row.state,
    options: unpackOptions(row.kind, row.options),
    parts: (row.parts ?? []).map(parsePart),
    labels: row.labels,
    metadata: row.metadata,
    ...parseLaneCandidate(row),
    epoch: row.epoch,
    phase: row.phase,
    percentage: row.percentage,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: Number(row.version),
    ...parseDelivery(row),
    ...(row.log !== null && { log: row.log }),
    ...(row.description !== null && { description: row.description }),
    ...(row.created_by !== null && { createdBy: row.created_by }),
    ...(row.origin !== null && { origin: row.origin }),
    ...(row.notify !== null && { notify: row.notify }),
    ...(row.notification !== null && { notification: parseNotification(row.notification) }),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
    ...(row.parent_id !== null && { parentId: row.parent_id }),
    ...(row.after_id !== null && { afterJob: row.after_id }),
    ...(row.start_at !== null && { startAt: row.start_at }),
    ...(row.stop_at !== null && { stopAt: row.stop_at }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.failure !== null && { failure: row.failure }),
    ...(report !== undefined && { report }),
    ...(row.waits_for !== null && { waitsFor: row.waits_for }),
    ...(row.estimated_completion !== null && { estimatedCompletion: row.estimated_completion }),
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(row.ledger_dropped_at !== null && { ledgerDroppedAt: row.ledger_dropped_at }),
    ...(row.values_dropped_at !== null && { valuesDroppedAt: row.values_dropped_at }),
  };
}
