import { HTTP_LIMITS } from '../limits.ts';

/** What a client may ask of connections, as the server enforces it. `/v1/capabilities` has the same figures. */
export interface ConnectionLimits {
  /** Largest body of a request that is not a file, in bytes. */
  readonly bodyBytes: number;
  /** Request line and headers together, in bytes. */
  readonly headerBytes: number;
  /** How many headers a request may have. */
  readonly headers: number;
  /** Characters of path and query. */
  readonly urlCharacters: number;
  /** Time for the headers to arrive, from the beginning of the connection or of the next request. */
  readonly headerMs: number;
  /** An idle connection is closed after this time. */
  readonly idleMs: number;
  /** A body that arrives more slowly, over `rateWindowMs`, is given up: `limits.minBytesPerSecond`. */
  readonly minBytesPerSecond: number;
  readonly rateWindowMs: number;
  /** Open connections: `limits.connections`. */
  readonly connections: number;
  /** How long a download or upload may go on when the server stops. */
  readonly graceMs: number;
}

/** Where nothing is configured. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  bodyBytes: HTTP_LIMITS.bodyBytes.value,
  headerBytes: HTTP_LIMITS.headerBytes.value,
  headers: HTTP_LIMITS.headers.value,
  urlCharacters: HTTP_LIMITS.urlCharacters.value,
  headerMs: HTTP_LIMITS.headerSeconds.value * 1000,
  idleMs: HTTP_LIMITS.idleSeconds.value * 1000,
  minBytesPerSecond: 100,
  rateWindowMs: HTTP_LIMITS.slowSeconds.value * 1000,
  connections: 8192,
  graceMs: HTTP_LIMITS.graceSeconds.value * 1000,
};
