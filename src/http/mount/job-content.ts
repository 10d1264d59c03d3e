/** What a composed download draws from: results and sources of a job as streams. */
import { createInterface } from 'node:readline';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { JobContent, JobFile } from '../../dialects/download.ts';
import { type Artifact, checkKept } from '../../store/artifacts.ts';
import type { HttpDependencies } from '../dependencies.ts';

export function createJobContent(
  { files }: HttpDependencies,
  job: Job,
  artifacts: readonly Artifact[],
): JobContent {
  return {
    job,
    files: artifacts.map(toJobFile),
    async *resultLines(part) {
      const results = artifacts.filter((artifact) => artifact.kind === 'result' && artifact.part === part);
      if (results.length === 0) throw new AppError('storage.not_found', `The job has no result.`);
      for (const result of results.map(checkKept)) {
        const bytes = await files.open(result.storageKey, result.sizeBytes);
        yield* createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
      }
    },
  };
}

/** A file as dialects see it. */
export function toJobFile(artifact: Artifact): JobFile {
  const { name, kind, mediaType, sizeBytes, records } = artifact;
  return {
    name,
    kind,
    mediaType,
    sizeBytes,
    part: artifact.part ?? 0,
    isDeleted: artifact.deletedAt !== undefined,
    ...(records !== undefined && { records }),
  };
}
