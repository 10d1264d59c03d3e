/** A source by reference becomes an upload, once: what is pinned with the part is what every attempt reads, whatever becomes of the place. */
import { randomUUID } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { JobPart, SourceByReference } from '../../core/job.ts';
import { inTransaction } from '../../store/database.ts';
import { pinFetchedSource } from '../../store/jobs/parts.ts';
import { recordUpload } from '../../store/uploads.ts';
import type { Attempt } from '../attempt.ts';
import { WORK_FOLDER, type WorkerDependencies } from '../dependencies.ts';
import { type FetchContext, fetchFile } from './fetcher.ts';
import { readLimits } from './prepare.ts';

/**
 * The part with an upload to read.
 *
 * @throws AppError `source.not_found`, retryable, when nothing is at the place; `source.*`, `request.too_large`, `storage.full`
 */
export async function fetchSource(
  deps: WorkerDependencies,
  attempt: Attempt,
  part: JobPart,
): Promise<JobPart> {
  const { source } = part;
  if (source === undefined || !('location' in source) || source.upload !== undefined) return part;
  attempt.enter('fetching');
  const upload = await fetchUpload(deps, attempt, part.part, source);
  await attempt.note('fetched', { part: part.part, location: source.location, upload });
  return { ...part, source: { ...source, upload } };
}

async function fetchUpload(
  deps: WorkerDependencies,
  attempt: Attempt,
  part: number,
  { location, unpack }: SourceByReference,
): Promise<string> {
  const signal = attempt.boundary;
  const fetcher = unpack === undefined ? fetchFile : deps.fetchers[unpack];
  if (fetcher === undefined) throw new Error(`there is no fetcher "${unpack}"`);
  const limits = { signal, maxBytes: deps.settings.maxUploadBytes };
  const key = `${WORK_FOLDER}/${attempt.job.id}/fetched-${part}`;
  const context: FetchContext = {
    address: location,
    signal,
    limits: { ...readLimits(deps), decompression: deps.settings.decompression },
    keep: async (bytes) => {
      await deps.files.save(key, watchingProgress(bytes, attempt), limits);
      return deps.files.path(key);
    },
  };
  try {
    const { fileName, pieces, dialect } = await fetcher(await deps.carrier.find(location), context);
    const id = randomUUID();
    const file = await deps.files.save(`uploads/${id}`, watchingProgress(pieces, attempt), limits);
    // Both or neither: what no part knows of would be fetched again, and the first file be nobody's.
    await inTransaction(deps.pool, async (db) => {
      await recordUpload(db, { id, fileName, ...file, keepMs: deps.settings.keepMs.uploads });
      const pin = { jobId: attempt.job.id, epoch: attempt.epoch, part, upload: id, dialect };
      if (!(await pinFetchedSource(db, pin))) {
        throw new AppError('target.fenced', `Job ${attempt.job.number} is held by a later attempt.`);
      }
    });
    return id;
  } finally {
    await deps.files.remove(key);
  }
}

async function* watchingProgress(
  pieces: AsyncIterable<Uint8Array>,
  attempt: Attempt,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    attempt.advance(bytes);
    yield piece;
  }
}
