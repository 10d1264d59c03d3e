/** One request and its answer, as they were on the wire. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly status: number;
  /** Of the answer; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the answer's body. */
  readonly sizeBytes: number;
  /** The body as text where it is JSON; files and streams are not kept. */
  readonly json?: string;
}

/** Whether a body of this media type is JSON, as one document. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(contentType ?? '');
}
