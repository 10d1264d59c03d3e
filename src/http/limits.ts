import { MAX_FILTER_VALUES } from '../core/job.ts';

/** Limits of the API that no setting changes. Schemas and handlers take them from here, and /v1/capabilities shows them. */

export interface Limit {
  readonly value: number;
  readonly description: string;
}

export const HTTP_LIMITS = {
  bodyBytes: {
    value: 16 * 1024 * 1024,
    description: 'A JSON body of a request: a collection of 1,593 fields, or records in the request.',
  },
  formFieldBytes: { value: 1024 * 1024, description: 'One field of a form, apart from the file.' },
  bodyLevels: { value: 200, description: 'Nesting of a JSON body; definitions need ten levels.' },
  headerBytes: { value: 48 * 1024, description: 'Request line and headers of a request together.' },
  headers: { value: 100, description: 'Headers of a request.' },
  urlCharacters: {
    // Clients of wire protocols name up to a hundred addresses in one query, with every colon and slash encoded.
    value: 32 * 1024,
    description: 'Path and query of a request.',
  },
  headerSeconds: { value: 30, description: 'Time for the headers of a request to arrive.' },
  idleSeconds: { value: 120, description: 'An idle connection is closed after this time.' },
  slowSeconds: { value: 30, description: 'A body slower than `minBytesPerSecond` for this long is refused.' },
  graceSeconds: {
    value: 10,
    description: 'How long uploads and downloads may continue when the server stops.',
  },
  waitSeconds: {
    // A proxy that gives up after a minute is common.
    value: 50,
    description: 'Longest wait with `Prefer: wait=N`; a larger N is reduced to this.',
  },
  eventStreams: { value: 5000, description: 'Event streams at once, in each process of the API.' },
  uploadsPerPage: { value: 200, description: 'Uploads in one answer.' },
  partsPerJob: {
    // An export reads from a snapshot of each part, and holds a connection for it meanwhile.
    value: 20,
    description: 'Parts of a job.',
  },
  jobsPerPage: { value: 500, description: 'Jobs in one answer.' },
  issuesPerPage: {
    value: 5000,
    description: 'Issues in one answer; the issues of one record stay together.',
  },
  filterValues: {
    value: MAX_FILTER_VALUES,
    description: 'Values in the filter of an export; a condition without a value counts as one.',
  },
  scopes: { value: 100, description: 'Scopes of a client.' },
  nameCharacters: { value: 200, description: 'Name of a collection or a field, as a request gives it.' },
  fileNameCharacters: { value: 500, description: 'Name of an uploaded file.' },
  descriptionCharacters: { value: 1000, description: 'Description of a job.' },
  locationCharacters: { value: 1024, description: 'Address of a source or destination.' },
  createdByCharacters: { value: 200, description: 'Who started a job.' },
  notifyUrlCharacters: { value: 2000, description: 'Address that a job calls at its end.' },
  labels: { value: 50, description: 'Labels of a job.' },
  labelCharacters: { value: 100, description: 'One label of a job.' },
  idempotencyKeyCharacters: { value: 200, description: '`Idempotency-Key`.' },
} as const satisfies Record<string, Limit>;
