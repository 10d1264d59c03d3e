import type { IncomingHttpHeaders } from 'node:http';
import 'fastify';
import type { FastifyRequest } from 'fastify';
import type { Job } from '../../core/job.ts';
import type { BoundProtocol, Protocol } from '../../protocols/protocol.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that a protocol has, for hooks. */
    readonly call?: ProtocolCall;
  }
}

export interface ProtocolCall {
  readonly protocol: string;
  readonly operationId: string;
}

/** Where a protocol answers. Nothing set: at the vendor's own paths. */
export interface MountPoint {
  /** Put before the vendor's paths, such as `/partners`. */
  readonly prefix?: string;
  /** Only requests to this host, as the `Host` header has it without its port. */
  readonly host?: string;
  /** A port of its own, where it is alone. */
  readonly port?: number;
}

export interface MountedProtocol {
  readonly protocol: Protocol;
  readonly bound: BoundProtocol;
  readonly mount: MountPoint;
}

/** What a client may do. `expired`: it was known, and its credentials are not valid any more. */
export type Access = 'granted' | 'missing' | 'invalid' | 'expired' | 'forbidden';

/** Says what a request may do; one for all protocols. */
export type Authorize = (headers: IncomingHttpHeaders, permission: string) => Access;

/** What a request in a protocol is told of a job, which may be something else than what is so. */
export type SeenAs = (job: Job, request: FastifyRequest) => Job;
