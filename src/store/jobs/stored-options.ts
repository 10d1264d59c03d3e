import type { ExportOptions, ImportOptions, JobKind } from '../../core/job.ts';

/**
 * What the options of an import or a validation mean where they are not stored: most jobs have all of these. It says what is in the table
 * and not what a request leaves out, so it never changes.
 */
const NOT_STORED = {
  mode: 'upsert',
  atomicity: 'chunk',
  duplicates: 'error',
  allowNothingAccepted: false,
  replaceDespiteErrors: false,
  replaceByNothing: false,
  lockTimeoutMs: 5000,
  allowConcurrent: false,
} as const satisfies Partial<ImportOptions>;

type Options = ImportOptions | ExportOptions;

/** As they are stored. */
export function packOptions(kind: JobKind, options: Options): Partial<Options> {
  if (kind === 'export') return options;
  const left = Object.entries(options).filter(
    ([name, value]) => (NOT_STORED as Readonly<Record<string, unknown>>)[name] !== value,
  );
  return Object.fromEntries(left);
}

/** As they were given. */
export function unpackOptions(kind: JobKind, stored: Partial<Options>): Options {
  return kind === 'export'
    ? (stored as ExportOptions)
    : { ...NOT_STORED, ...(stored as Partial<ImportOptions>) };
}
