/**
 * The first half of an import: every part is prepared and indexed before any is written. So the total is exact from then on, and a source that
 * cannot be read, or a field that fits nowhere, ends the job while nothing has been written.
 */
import { amountOf } from '../../core/amount.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ImportOptions, Job, JobPart } from '../../core/job.ts';
import { completePart, setPartTotal } from '../../store/jobs/parts.ts';
import type { Attempt } from '../attempt.ts';
import { fetchSource } from './fetch-source.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, indexStep } from './index-step.ts';
import { prepare } from './prepare.ts';

/**
 * The parts that are left to do, in order. A part without records is complete, unless all are: a job that brings nothing at all is a mistake,
 * but for packages that say themselves that they have nothing.
 * Under `replace` an empty source means a deletion, which the write step permits or refuses.
 *
 * @throws AppError for whatever is wrong with a part, before a record is written
 */
export async function planParts(deps: ImportDependencies, attempt: Attempt): Promise<readonly IndexedPlan[]> {
  const { job, epoch } = attempt;
  const plans: IndexedPlan[] = [];
  const empty: { part: JobPart; error: AppError }[] = [];
  for (const part of job.parts.filter(({ isComplete }) => !isComplete)) {
    try {
      const plan = await planPart(deps, attempt, part);
      attempt.expect(part.part, plan.index.records);
      plans.push(plan);
      checkRecords(job, plans);
    } catch (error) {
      if (!isEmptySource(error) || (job.options as ImportOptions).mode === 'replace') throw error;
      empty.push({ part, error });
    }
  }
  const [first] = empty;
  if (first !== undefined && empty.length === job.parts.length && !empty.every(isEmptyPackage))
    throw first.error;
  for (const { part, error } of empty) {
    await attempt.note('part_empty', { part: part.part, message: error.message });
    attempt.expect(part.part, 0);
    await setPartTotal(deps.pool, { jobId: job.id, epoch, part: part.part, total: 0 });
    await completePart(deps.pool, { jobId: job.id, epoch, part: part.part });
  }
  return plans;
}

/** Complete parts were counted, and let pass, by an earlier attempt. */
function checkRecords({ options, parts }: Job, plans: readonly IndexedPlan[]): void {
  const { maxRecords } = options as ImportOptions;
  const complete = parts.filter(({ isComplete }) => isComplete).map(({ total = 0 }) => total);
  const counted = plans.map(({ index: { records, remarks = 0 } }) => records - remarks);
  const records = [...complete, ...counted].reduce((sum, one) => sum + one, 0);
  if (maxRecords === undefined || records <= maxRecords) return;
  throw new AppError(
    'job.too_many_records',
    `The job has ${amountOf(records, 'record')}; at most ${maxRecords} are allowed (option: maxRecords). Nothing was written.`,
    { details: { records, maxRecords } },
  );
}

async function planPart(deps: ImportDependencies, attempt: Attempt, part: JobPart): Promise<IndexedPlan> {
  attempt.enter('preparing');
  await deps.files.ensureSpace();
  const fetched = await fetchSource(deps, attempt, part);
  return indexStep(deps, attempt, await prepare(deps, attempt, fetched));
}

/** It was recognised as a package when it was taken apart, so that it is neither a wrong file nor half of one. */
function isEmptyPackage({ part: { source } }: { readonly part: JobPart }): boolean {
  return source !== undefined && 'unpack' in source && source.unpack !== undefined;
}

function isEmptySource(error: unknown): error is AppError {
  return isAppError(error, 'source.empty') || isAppError(error, 'format.no_records');
}
