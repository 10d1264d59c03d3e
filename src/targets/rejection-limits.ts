/**
 * Where a job stops because too many records were rejected. The place is a record of the source, never a chunk's end: the same for an import
 * and a validation, and for every chunk size.
 */

export interface RejectionLimits {
  /** The record that is rejected beyond so many is the last. */
  readonly maxErrors?: number | undefined;
  /** 0 to 1. Looked at after every `SHARE_EVERY_RECORDS` records, since the share of the first few says nothing, and at the end. */
  readonly maxErrorShare?: number | undefined;
  /** What the job's earlier parts had: the limits hold for all parts together, the looks are at records of each. Default: none. */
  readonly earlier?: { readonly records: number; readonly rejected: number } | undefined;
}

const NOTHING_EARLIER = { records: 0, rejected: 0 };

export const SHARE_EVERY_RECORDS = 1000;

/**
 * The record at which a chunk must end, or undefined when it may be written whole. The same rule as `limitBlock` (postgres/limit-sql.ts), which
 * also knows what the target objects to.
 *
 * @param before rejected records of earlier chunks of the part
 * @param rejected those of this chunk, in order
 */
export function findCut(
  limits: RejectionLimits,
  chunk: { readonly firstRecord: number; readonly lastRecord: number },
  before: number,
  rejected: readonly number[],
): number | undefined {
  const { maxErrors, maxErrorShare, earlier = NOTHING_EARLIER } = limits;
  const known = earlier.rejected + before;
  const oneTooMany = maxErrors === undefined ? undefined : rejected[maxErrors - known];
  const cuts = oneTooMany === undefined ? [] : [oneTooMany];
  const firstLook = Math.ceil(chunk.firstRecord / SHARE_EVERY_RECORDS) * SHARE_EVERY_RECORDS;
  for (let at = firstLook; maxErrorShare !== undefined && at < chunk.lastRecord; at += SHARE_EVERY_RECORDS) {
    const count = known + rejected.filter((record) => record <= at).length;
    if (count / (earlier.records + at) > maxErrorShare) cuts.push(at);
  }
  const cut = Math.min(...cuts);
  return cut < chunk.lastRecord ? cut : undefined;
}

/** Which limit a job has passed, judged by what the ledger has: at once for a number; for a share at every look, and at the end. */
export function passedLimit(
  { maxErrors, maxErrorShare, earlier = NOTHING_EARLIER }: RejectionLimits,
  rejected: number,
  { lastRecord, total }: { readonly lastRecord: number; readonly total: number },
): 'maxErrors' | 'maxErrorShare' | undefined {
  if (maxErrors !== undefined && earlier.rejected + rejected > maxErrors) return 'maxErrors';
  const isLook = lastRecord % SHARE_EVERY_RECORDS === 0 || lastRecord === total;
  if (maxErrorShare === undefined || !isLook) return undefined;
  const share = (earlier.rejected + rejected) / (earlier.records + lastRecord);
  return share > maxErrorShare ? 'maxErrorShare' : undefined;
}
