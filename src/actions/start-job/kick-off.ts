import type { JobRequest } from '../../core/job-request.ts';

/** What is said of the request itself, beside the job that it asks for. */
export interface Origin {
  readonly idempotencyKey?: string;
  /** W3C trace context; kept with the job for the log lines of whoever works on it. */
  readonly traceparent?: string;
}

/** What tells a request from others that have the same key. */
export interface NamedRequest {
  readonly key: string;
  readonly route: string;
  /** What it says, as JSON. */
  readonly body: unknown;
}

/** A request for a job, and what is said of the request itself. */
export interface KickOff {
  readonly request: JobRequest;
  /** With the key under which it may be repeated. Default: it is not known again. */
  readonly named?: NamedRequest;
  /** W3C trace context; kept with the job for the log lines of whoever works on it. */
  readonly traceparent?: string;
  /** Of the job. Default: a new one. */
  readonly id?: string;
  /** The wire protocol that it came in; collections and fields are then named by its binding. Default: the native API. */
  readonly protocol?: string;
}
