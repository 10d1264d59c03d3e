import { acceptedRecords } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { ImportOptions, Job, JobPart } from '../../core/job.ts';
import type { JobRequest } from '../../core/job-request.ts';
import { isFinal } from '../../core/job-state.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { CsvDialect } from '../../formats/format.ts';
import { type PinnedPart, readPinnedPart } from '../../store/jobs/parts.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import { type Accepted, findEarlier, nameKeyed, nameRequest } from './idempotency.ts';
import type { Origin } from './kick-off.ts';
import { acceptKickOff } from './start-job.ts';

/** What `POST /v1/jobs/:id/correct` is sent. */
export interface CorrectionRequest {
  readonly upload: string;
  /** Default: the only one. */
  readonly part?: number;
}

/**
 * The repaired failed rows of one part of a job as a child job: same kind, collection, scope, options and mapping.
 *
 * @throws AppError `job.not_found`; `job.invalid_transition` when the parent has not ended, is an export, or kept nothing that could be completed;
 *   `request.invalid` for a part that it lacks, or none where it has several
 */
export async function correctJob(
  caller: Caller,
  deps: ActionDependencies,
  idOrNumber: string,
  correction: CorrectionRequest,
  origin: Origin,
): Promise<Accepted> {
  authorize(caller, 'jobs.correct', { job: idOrNumber });
  const parent = await getJob(deps.pool, idOrNumber);
  const named = nameKeyed(`jobs/${parent.id}/correct`, correction, origin.idempotencyKey);
  const earlier = await findEarlier(deps, nameRequest(named));
  if (earlier !== undefined) return earlier;
  const part = checkParent(parent, correction.part);
  const pinned = await readPinnedPart(deps.pool, parent.id, part.part);
  const { kind, labels, metadata, priority, createdBy } = parent;
  const request: JobRequest = {
    kind,
    options: correctionOptions(parent.options as ImportOptions),
    parts: [
      {
        collection: part.collection,
        scope: part.scope,
        source: { upload: correction.upload },
        pinned: omitUndefined({ dialect: correctionDialect(pinned), mapping: pinned.mapping }),
      },
    ],
    description: `Correction of job ${parent.number}`,
    labels,
    metadata,
    priority,
    parentId: parent.id,
    ...omitUndefined({ createdBy }),
  };
  return acceptKickOff(deps, { request, ...omitUndefined({ named, traceparent: origin.traceparent }) });
}

function checkParent(parent: Job, wanted: number | undefined): JobPart {
  if (parent.kind === 'export') {
    throw refuse(parent, 'is an export. Only imports and validations can be corrected.');
  }
  const part = choosePart(parent, wanted);
  if (!isFinal(parent.state)) throw refuse(parent, `is ${parent.state}. Wait until it has ended.`);
  const isAllOrNothing = (parent.options as ImportOptions).atomicity === 'all';
  if (
    parent.kind === 'import' &&
    isAllOrNothing &&
    parent.state !== 'succeeded' &&
    acceptedRecords(part.counts) > 0
  ) {
    throw refuse(
      parent,
      'was to write all records or none, and wrote none, so its failed rows alone would leave out the others. Correct the whole file and import it again.',
    );
  }
  return part;
}

function choosePart({ number, parts }: Job, wanted: number | undefined): JobPart {
  const part =
    parts.length === 1 && wanted === undefined ? parts[0] : parts.find((one) => one.part === wanted);
  if (part !== undefined) return part;
  throw new AppError(
    'request.invalid',
    `Job ${number} has ${parts.length === 1 ? 'one part, 0' : `the parts 0 to ${parts.length - 1}, each with failed rows of its own`}. Name the part that is corrected: "part".`,
  );
}

function refuse(parent: Job, why: string): AppError {
  return new AppError('job.invalid_transition', `Job ${parent.number} ${why}`, {
    details: { jobId: parent.id, state: parent.state },
  });
}

/** `replace` would delete every row that the failed rows do not name, so its correction is an upsert. */
function correctionOptions(options: ImportOptions): ImportOptions {
  const { maxErrors: _, maxErrorShare: __, maxDeletes: ___, ...kept } = options;
  return options.mode === 'replace' ? { ...kept, mode: 'upsert' } : kept;
}

/**
 * Failed rows come in their source's own dialect, but a person's editor may have changed all of it that can be seen again. Its quote cannot,
 * also where it was found out and not said: the reasons in front may bring signs that the source does not have.
 */
function correctionDialect({ dialect: said, sourceFacts }: PinnedPart): unknown {
  const found = (sourceFacts as { dialect?: object } | undefined)?.dialect;
  const { format, quote, escape } = { ...(said as object | undefined), ...found } as Partial<CsvDialect>;
  if (format !== 'csv' || (quote === '"' && escape === '"')) return undefined;
  return { format, quote, escape };
}
