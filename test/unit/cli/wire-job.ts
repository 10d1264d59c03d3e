/** A job as the server tells of it, for tests of how it is shown. */
import type { WireJob } from '../../../src/sdk/wire.ts';

export const OUTCOMES = {
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  skipped: 0,
  rejected: 0,
  removed: 0,
};

export function jobWith(more: Partial<WireJob>): WireJob {
  return {
    id: '00000000-0000-0000-0000-000000000001',
    number: 7,
    kind: 'import',
    state: 'running',
    collection: 'people',
    options: { format: 'csv', compression: 'none' },
    labels: [],
    metadata: {},
    priority: 0,
    attempt: 1,
    progress: { processed: 500, total: 1000, percentage: 50, currentOperation: 'writing' },
    results: { successful: 500, warnings: 0, errors: 0 },
    outcomes: OUTCOMES,
    parts: [],
    createdAt: '2025-01-01T00:00:00.000Z',
    startedAt: '2025-01-01T00:00:01.000Z',
    updatedAt: '2025-01-01T00:00:02.000Z',
    links: {},
    ...more,
  };
}
