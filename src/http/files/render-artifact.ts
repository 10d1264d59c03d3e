import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Artifact } from '../../store/artifacts.ts';
import { renderTime } from '../render-job.ts';

/** A file that a job has left, as lists show it. */
export function renderArtifact(artifact: Artifact): object {
  const {
    name,
    kind,
    part,
    mediaType,
    sizeBytes,
    sha256,
    records,
    cutFromBytes,
    createdAt,
    expiresAt,
    deletedAt,
    delivered,
  } = artifact;
  return omitUndefined({
    name,
    kind,
    part,
    mediaType,
    sizeBytes,
    sha256,
    records,
    cutFromBytes,
    createdAt: renderTime(createdAt),
    expiresAt: expiresAt && renderTime(expiresAt),
    removedAt: deletedAt && renderTime(deletedAt),
    deliveredAt: delivered && renderTime(delivered.at),
    deliveredTo: delivered?.address,
    url: `/v1/jobs/${artifact.jobId}/artifacts/${encodeURIComponent(name)}`,
  });
}
