/** Requests and answers as a protocol sees them: plain values, without a server behind them. */

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A file of a form, received and kept. */
export interface WireFile {
  readonly upload: string;
  readonly fileName?: string;
  readonly sizeBytes: number;
}

export interface WireRequest {
  readonly method: HttpMethod;
  /** As the client wrote it, with the query. */
  readonly url: string;
  /** Which of the protocol's base paths it came by. */
  readonly basePath: string;
  /** Of the route's template, decoded once. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What the JSON says; undefined: no body. */
  readonly body: unknown;
  /** Fields of a form, where the route takes one. */
  readonly fields: Readonly<Record<string, string>>;
  /** Files of a form, by the name of their part: those that the route names in `formFiles`. */
  readonly files: Readonly<Record<string, WireFile>>;
  readonly now: Date;
  /** A fresh UUID (version 4), which a job that is started gets as its id. */
  readonly id: string;
  /** What the log and the answer's `X-Request-Id` call the request: a UUID, unless the client has named it. */
  readonly requestId: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly mediaType?: string;
}

/** Ends a request with this answer: for what a protocol itself finds wrong with it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: WireAnswer;

  constructor(answer: WireAnswer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}
