import type { IgnoredField, IgnoredFields } from '../../core/job.ts';

/** A file may have any number of fields; people look at the first. */
const MAX_NOTED_FIELDS = 100;

/** As it is pinned with the part; nothing where there is nothing to tell. */
export function ignoredOf(fields: readonly IgnoredField[]): { readonly ignored?: IgnoredFields } {
  if (fields.length === 0) return {};
  return { ignored: { count: fields.length, fields: fields.slice(0, MAX_NOTED_FIELDS) } };
}
