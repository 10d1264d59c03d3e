import type { Config } from '../config.ts';

/** What the supervisor sends a worker process when it starts. */
export interface WorkerProcessInit {
  readonly databaseUrl: string;
  readonly config: Config;
  /** Claim this job and no other, then end. */
  readonly onlyJob?: string;
  /** Take only what is small or urgent. */
  readonly inLane?: boolean;
}
