import { AppError } from '../../core/errors.ts';
import { MAX_FILTER_VALUES as limit } from '../../core/job.ts';

/**
 * Refuses a filter that is too large before anything is done with it, whichever door it has come through.
 *
 * @param filter of a request, whatever it is
 * @throws AppError `request.invalid` that names the limit
 */
export function checkFilterSize(filter: unknown, path = 'filter'): void {
  const values = countValues(filter);
  if (values <= limit) return;
  throw new AppError(
    'request.invalid',
    `${path} has ${values} values; at most ${limit} are allowed (limit: filterValues). Export without the filter, or in several jobs.`,
    { details: { path, values, limit } },
  );
}

/** A condition without a value, or with one, counts as one. */
function countValues(filter: unknown): number {
  if (typeof filter !== 'object' || filter === null) return 0;
  const { and, or, not, value } = filter as Readonly<Record<string, unknown>>;
  const lists = [and, or].flatMap((list) => (Array.isArray(list) ? list : []));
  if (lists.length > 0) return lists.reduce<number>((sum, one) => sum + countValues(one), 0);
  if (not !== undefined) return countValues(not);
  return Array.isArray(value) ? Math.max(value.length, 1) : 1;
}
