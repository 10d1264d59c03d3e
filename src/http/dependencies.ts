import type { FastifyInstance } from 'fastify';
import type { ActionDependencies } from '../actions/dependencies.ts';
import type { ConnectionLimits } from './connections/connection-limits.ts';
import type { Authorize, MountedProtocol, SeenAs } from './mount/mounted-protocol.ts';
import type { RateCounters } from './mount/rate-counters.ts';
import type { RequestLine } from './requests/log-requests.ts';

/** A limit that a setting changes, as /v1/capabilities shows it. */
export interface ConfiguredLimit {
  readonly value: number;
  readonly description: string;
  /** Key of the setting, such as `limits.uploadBytes`. */
  readonly setting: string;
}

/** What the API needs besides: what belongs to the wire. */
export interface HttpDependencies extends ActionDependencies {
  /** By name. */
  readonly configuredLimits: Readonly<Record<string, ConfiguredLimit>>;
  /** What a request must carry as its bearer token. */
  readonly token: string;
  /** Wire protocols that are answered beside the native API. Default: none. */
  readonly protocols?: readonly MountedProtocol[];
  /** What a request in a protocol may do. Default: whoever has the token, everything. */
  readonly authorize?: Authorize;
  /** Default: the truth. */
  readonly seenAs?: SeenAs;
  /** Of all protocols. Default: counters of their own. */
  readonly rateCounters?: RateCounters;
  /** Adds hooks for every request, and further routes. Called before there are others. */
  readonly extend?: (app: FastifyInstance) => void;
  /** Default: `DEFAULT_CONNECTION_LIMITS`. */
  readonly connectionLimits?: Partial<ConnectionLimits>;
  /** Told of each request once it is over. Default: nobody. */
  readonly logRequest?: (line: RequestLine) => void;
  /** Whether lines of this level are of interest; the others are not made. Default: all are. */
  readonly isLogged?: (level: RequestLine['level']) => boolean;
  /** Told of bugs (answers 500) with the request they came from. */
  readonly logFailure: (failure: { requestId: string; method: string; url: string; error: unknown }) => void;
}
