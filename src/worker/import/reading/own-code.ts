/** Runs own code over batches of records: loads the modules, hands batches in, and checks what comes back. */
import { pathToFileURL } from 'node:url';
import { AppError } from '../../../core/errors.ts';
import type { IssueCode, IssueParams, IssueSeverity } from '../../../core/issue.ts';
import type { SourceRecord, SourceValue } from '../../../formats/format.ts';
import { parseFindings, parseOwnValue } from './own-answers.ts';
import type { OwnContext, OwnFinding, OwnModule, OwnRecord } from './own-module.ts';

interface Finding {
  readonly code: IssueCode;
  readonly params: IssueParams;
  readonly severity: IssueSeverity;
  readonly field?: string;
  /** Of the field, as the source had it; absent where the field is sensitive. */
  readonly value?: string;
}

/** Runs over a batch; changes the values in place, and gives what was found, by position in the batch. */
export type OwnCode = (
  batch: readonly { readonly record: SourceRecord; readonly values: SourceValue[] }[],
) => Promise<readonly (readonly Finding[])[]>;

/** What own code may keep in buffers; the thread's own buffers are a few times the longest record. */
export const OWN_BUFFER_BYTES = 128 * 1024 * 1024;

/** @throws AppError `module.invalid` when a module cannot be loaded or lacks its function */
export async function loadOwnCode(options: {
  transforms: readonly string[];
  validators: readonly string[];
  fields: readonly string[];
  /** Fields whose values may not appear in issues. */
  sensitive: readonly string[];
  collection: string;
  /** What the thread's buffers may hold after a batch, ours included: no limit of the heap counts them. */
  maxBufferBytes: number;
}): Promise<OwnCode | undefined> {
  const steps = [
    ...(await Promise.all(options.transforms.map((path) => loadStep(path, 'transform')))),
    ...(await Promise.all(options.validators.map((path) => loadStep(path, 'validate')))),
  ];
  if (steps.length === 0) return undefined;
  const context: OwnContext = { collection: options.collection };
  return async (batch) => {
    const records = batch.map(({ values }) => toOwnRecord(options.fields, values));
    const findings: Finding[][] = batch.map(() => []);
    for (const step of steps) {
      for (const finding of await step(records, context)) {
        // The batch keeps the source's values until all steps are done.
        const value = findValue(options, batch[finding.index]?.values, finding.field);
        findings[finding.index]?.push({ ...parseFinding(finding), ...(value !== undefined && { value }) });
      }
    }
    checkBuffers(options.maxBufferBytes);
    for (const [index, { values }] of batch.entries()) {
      for (const [position, field] of options.fields.entries()) values[position] = records[index]?.[field];
    }
    return findings;
  };
}

type Step = (records: OwnRecord[], context: OwnContext) => Promise<readonly OwnFinding[]>;

async function loadStep(path: string, name: 'transform' | 'validate'): Promise<Step> {
  let module: OwnModule;
  try {
    module = (await import(pathToFileURL(path).href)) as OwnModule;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('module.invalid', `The module ${path} cannot be loaded: ${reason}`, { cause: error });
  }
  const run = module[name];
  if (typeof run !== 'function') {
    throw new AppError('module.invalid', `The module ${path} must export a function "${name}".`);
  }
  return async (records, context) => {
    const answer = await callOwn(() => run(records, context), `The function "${name}" of ${path} threw`);
    return callOwn(() => {
      for (const record of records) {
        for (const [field, value] of Object.entries(record)) parseOwnValue(value, field);
      }
      return parseFindings(answer, records.length);
    }, `The function "${name}" of ${path} gave what cannot be used`);
  };
}

/** Garbage is no matter: V8 collects before it comes near the limit. @throws AppError `module.failed` */
function checkBuffers(maxBytes: number): void {
  const { arrayBuffers } = process.memoryUsage();
  if (arrayBuffers <= maxBytes) return;
  const [held, limit] = [arrayBuffers, maxBytes].map((bytes) => Math.floor(bytes / 1024 ** 2));
  throw new AppError(
    'module.failed',
    `The own code of this job holds ${held} MiB of buffers; at most ${limit} MiB are allowed. ` +
      'Limit what it keeps from one batch to the next.',
    { isRetryable: true },
  );
}

/** Anything can be thrown. @throws AppError `module.failed` */
async function callOwn<T>(work: () => T | Promise<T>, title: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('module.failed', `${title}: ${reason}`, { cause: error, isRetryable: true });
  }
}

function toOwnRecord(fields: readonly string[], values: readonly SourceValue[]): OwnRecord {
  const record = Object.create(null) as OwnRecord;
  for (const [position, field] of fields.entries()) record[field] = values[position];
  return record;
}

function findValue(
  { fields, sensitive }: { fields: readonly string[]; sensitive: readonly string[] },
  values: readonly SourceValue[] | undefined,
  field: string | undefined,
): string | undefined {
  if (field === undefined || sensitive.includes(field)) return undefined;
  const value = values?.[fields.indexOf(field)];
  return typeof value === 'string' ? value : value?.text;
}

function parseFinding(finding: OwnFinding): Finding {
  return {
    code: finding.severity === 'error' ? 'custom.rejected' : 'custom.warning',
    params: { reason: finding.message },
    severity: finding.severity,
    ...(finding.field !== undefined && { field: finding.field }),
  };
}
