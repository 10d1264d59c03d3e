/** How a job stands, in words that all protocols share: what a status answer of any of them can be turned into. */

export const STATUS_VIEW_STATES = [
  'scheduled',
  'queued',
  'running',
  'delivering',
  'succeeded',
  'failed',
  'cancelled',
  'unknown',
] as const;
export type StatusViewState = (typeof STATUS_VIEW_STATES)[number];

/** Only what the protocol says; times are UTC. */
export interface StatusView {
  /** `unknown`: a word that is in no document; then `raw` is the whole answer. */
  readonly state: StatusViewState;
  /** The state as the protocol spells it. */
  readonly wire: string;
  readonly processed?: number;
  readonly total?: number;
  /** 0 to 100. */
  readonly percentage?: number;
  readonly successful?: number;
  readonly warnings?: number;
  readonly errors?: number;
  readonly createdAt?: Date;
  readonly startedAt?: Date;
  readonly estimatedCompletion?: Date;
  readonly finishedAt?: Date;
  /** Why it failed. */
  readonly error?: string;
  readonly isRetryable?: boolean;
  readonly raw?: unknown;
}

/** A state as text, for `wire`, whatever came in its place. */
export function wireWord(state: unknown): string {
  return typeof state === 'string' ? state : (JSON.stringify(state) ?? 'undefined');
}

export function isEnded({ state }: StatusView): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
