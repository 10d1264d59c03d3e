/** Limits of the API that no setting changes. Schemas and handlers take them from here, and /v1/capabilities shows them. */

export interface Limit {
  readonly value: number;
  readonly description: string;
}

export const HTTP_LIMITS = {
  bodyBytes: {
    value: 16 * 1024 * 1024,
    description: 'Body of a request that is JSON: a collection of 1,600 fields, or records in the request.',
  },
  formFieldBytes: { value: 1024 * 1024, description: 'One field of a form beside its file.' },
  idleSeconds: { value: 120, description: 'A client that sends nothing for so long is let go.' },
  waitSeconds: {
    // A proxy that gives up after a minute is common.
    value: 50,
    description: 'How long an answer waits with `Prefer: wait=N`; more is taken for this.',
  },
  eventStreams: { value: 5000, description: 'Event streams at once, in each process of the API.' },
  uploadsPerPage: { value: 200, description: 'Uploads in one answer.' },
  jobsPerPage: { value: 500, description: 'Jobs in one answer.' },
  issuesPerPage: { value: 5000, description: 'Issues in one answer; those of one record stay together.' },
  nameCharacters: { value: 200, description: 'Name of a collection or a field, as a request gives it.' },
  fileNameCharacters: { value: 500, description: 'Name of an uploaded file.' },
  descriptionCharacters: { value: 1000, description: 'Description of a job.' },
  createdByCharacters: { value: 200, description: 'Who asked for a job.' },
  labels: { value: 50, description: 'Labels of a job.' },
  labelCharacters: { value: 100, description: 'One label of a job.' },
  idempotencyKeyCharacters: { value: 200, description: '`Idempotency-Key`.' },
} as const satisfies Record<string, Limit>;
