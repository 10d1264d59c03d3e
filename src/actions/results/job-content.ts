/** What a composed download draws from: results and sources of a job as streams. */
import { AppError } from '../../core/errors.ts';
import type { Issue } from '../../core/issue.ts';
import type { ExportOptions, Job } from '../../core/job.ts';
import { textLines } from '../../formats/jsonl/text-lines.ts';
import type { JobContent, JobFile } from '../../protocols/download.ts';
import { type Artifact, checkKept, listArtifacts } from '../../store/artifacts.ts';
import { getUpload } from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { openResultBytes, openResultTexts } from './result-slice.ts';

/** All that a job left, and what can be drawn from it. */
export async function openContent(
  caller: Caller,
  deps: ActionDependencies,
  job: Job,
): Promise<{ readonly artifacts: readonly Artifact[]; readonly content: JobContent }> {
  authorize(caller, 'results.read', { job: job.id });
  const artifacts = await listArtifacts(deps.pool, job.id);
  return { artifacts, content: createJobContent(deps, job, artifacts) };
}

function createJobContent(deps: ActionDependencies, job: Job, artifacts: readonly Artifact[]): JobContent {
  const { files, pool } = deps;
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
        yield* textLines(await files.open(result.storageKey, result.sizeBytes));
      }
    },
    async *sourceLines(part) {
      const upload = job.parts[part]?.source?.upload;
      if (upload === undefined) throw new AppError('storage.not_found', 'The job has no source.');
      const { storageKey, sizeBytes } = await getUpload(pool, upload);
      yield* textLines(await files.open(storageKey, sizeBytes));
    },
    issues: (part) => issuesOf(deps, job, part),
  };
}

async function* issuesOf(deps: ActionDependencies, job: Job, part: number): AsyncIterable<Issue> {
  const { collection: name, collectionVersion } = job.parts[part] ?? {};
  if (name === undefined || job.ledgerDroppedAt !== undefined) {
    throw new AppError('storage.expired', 'The issues of the job are no longer kept.');
  }
  const { collection } = await loadCollection(deps.pool, name, collectionVersion);
  for await (const { issues } of deps.targets.issueSegments({ collection, jobId: job.id, part }))
    yield* issues;
}

/**
 * The file that is chosen of those that a job left.
 *
 * @throws AppError `storage.not_found`, `storage.expired`; what `choose` throws
 */
export function chooseFile(
  artifacts: readonly Artifact[],
  choose: (files: readonly JobFile[]) => JobFile | undefined,
): Artifact {
  const chosen = choose(artifacts.map(toJobFile));
  const artifact = artifacts.find(({ name }) => name === chosen?.name);
  if (artifact === undefined) throw new AppError('storage.not_found', 'The job has no such file.');
  return checkKept(artifact);
}

/** A file as protocols see it. */
function toJobFile(artifact: Artifact): JobFile {
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
