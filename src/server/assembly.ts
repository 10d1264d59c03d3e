import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { MountedProtocol } from '../http/mount/mounted-protocol.ts';
import type { FileStore } from '../store/files.ts';
import type { Queue } from '../store/queue.ts';
import type { Secrets } from '../store/secrets/secrets.ts';
import type { AddressGuard } from '../transfer/http/guard-address.ts';
import type { Log } from './log.ts';
import type { Targets } from './open-targets.ts';

/** A server while it is put together. */
export interface Assembly {
  readonly config: Config;
  readonly role: 'all' | 'api' | 'worker';
  readonly log: Log;
  /** What to close, in the order in which it was opened. */
  readonly closers: (() => Promise<void>)[];
}

/** What the API and the services share. */
export interface SharedParts {
  readonly pool: Pool;
  readonly queue: Queue;
  readonly files: FileStore;
  readonly secrets: Secrets;
  readonly targets: Targets;
  readonly guard: AddressGuard;
  readonly protocols: readonly MountedProtocol[];
}
