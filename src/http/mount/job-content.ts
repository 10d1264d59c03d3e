/** What a composed download draws from: results and sources of a job as streams. */
import { createInterface } from 'node:readline';
import { AppError } from '../../core/errors.ts';
import type { ExportOptions, Job } from '../../core/job.ts';
import type { JobContent, JobFile } from '../../dialects/download.ts';
import { type Artifact, checkKept } from '../../store/artifacts.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { openResultBytes, openResultTexts } from '../files/result-slice.ts';

export function createJobContent(
  { files }: HttpDependencies,
  job: Job,
  artifacts: readonly Artifact[],
): JobContent {
  const options = job.options as ExportOptions;
  const resultsOf = (part: number): [Artifact, ...Artifact[]] => {
    const [first, ...more] = artifacts.filter(
      (artifact) => artifact.kind === 'result' && artifact.part === part,
    );
    if (first === undefined) throw new AppError('storage.not_found', `The job has no result.`);
    return [first, ...more];
  };
  return {
    job,
    files: artifacts.map(toJobFile),
    resultBytes: async (part, slice) =>
      openResultBytes(files, { artifact: resultsOf(part)[0], options }, slice),
    resultTexts: async (part, slice) =>
      openResultTexts(files, { artifact: resultsOf(part)[0], options }, slice),
    async *resultLines(part) {
      for (const result of resultsOf(part).map(checkKept)) {
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
