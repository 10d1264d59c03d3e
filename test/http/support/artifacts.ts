import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ArtifactKind } from '../../../src/core/artifact-kind.ts';
import { recordArtifacts } from '../../../src/store/artifacts.ts';
import type { TestApi } from './api.ts';

/** Gives a job that no worker has claimed a file, as if it had left it. @returns its SHA-256 in hex, and its path */
export async function addFile(
  api: TestApi,
  jobId: string,
  file: { name: string; content: string | Buffer; kind?: ArtifactKind; part?: number; mediaType?: string },
): Promise<{ sha256: string; path: string }> {
  const { name, content, kind = 'failed_rows', part = 0, mediaType = 'text/csv' } = file;
  const saved = await api.deps.files.save(`artifacts/${randomUUID()}`, Readable.from([Buffer.from(content)]));
  await recordArtifacts(
    api.database.pool,
    { jobId, epoch: 0, part },
    [],
    [{ ...saved, kind, name, mediaType, records: 1, keepMs: 60_000 }],
  );
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { sha256, path: api.deps.files.path(saved.storageKey) };
}
