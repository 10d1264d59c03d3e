import { ARTIFACT_KINDS } from '../../core/artifact-kind.ts';
import { named, objectOf, TIME } from './shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

/** A file that a job has left, as lists show it. */
export const ARTIFACT = named(
  'Artifact',
  objectOf(
    {
      name: { type: 'string' },
      kind: { enum: ARTIFACT_KINDS },
      part: COUNT,
      mediaType: { type: 'string' },
      sizeBytes: COUNT,
      sha256: { type: 'string' },
      records: COUNT,
      cutFromBytes: {
        ...COUNT,
        description: 'Size that the file would have if it had not been cut at `limits.unreadableBytes`.',
      },
      createdAt: TIME,
      expiresAt: TIME,
      removedAt: TIME,
      deliveredAt: TIME,
      deliveredTo: { type: 'string', description: 'Its address at the destination of the job.' },
      url: { type: 'string' },
    },
    ['part', 'records', 'cutFromBytes', 'expiresAt', 'removedAt', 'deliveredAt', 'deliveredTo'],
  ),
);
