/**
 * The first half of an import: every part is prepared and indexed before any is written. So the total is exact from then on, and a source that
 * cannot be read, or a field that fits nowhere, ends the job while nothing has been written.
 */
import { type AppError, isAppError } from '../../core/errors.ts';
import type { ImportOptions, JobPart } from '../../core/job.ts';
import { completePart } from '../../store/jobs/parts.ts';
import type { Attempt } from '../attempt.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, indexStep } from './index-step.ts';
import { prepare } from './prepare.ts';

/**
 * The parts that are left to do, in order. A part without records is complete, unless all are: a job that brings nothing at all is a mistake.
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
      await attempt.expect(part.part, plan.index.records);
      plans.push(plan);
    } catch (error) {
      if (!isEmptySource(error) || (job.options as ImportOptions).mode === 'replace') throw error;
      empty.push({ part, error });
    }
  }
  const [first] = empty;
  if (first !== undefined && empty.length === job.parts.length) throw first.error;
  for (const { part, error } of empty) {
    await attempt.note('part_empty', { part: part.part, message: error.message });
    await attempt.expect(part.part, 0);
    await completePart(deps.pool, { jobId: job.id, epoch, part: part.part });
  }
  return plans;
}

async function planPart(deps: ImportDependencies, attempt: Attempt, part: JobPart): Promise<IndexedPlan> {
  await attempt.enter('preparing');
  await deps.files.ensureSpace();
  return indexStep(deps, attempt, await prepare(deps, attempt, part));
}

function isEmptySource(error: unknown): error is AppError {
  return isAppError(error, 'source.empty') || isAppError(error, 'format.no_records');
}
