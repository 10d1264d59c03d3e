/** Times as the protocol has them. */
import type { Job } from '../../core/job.ts';

/** From kick-off to expiration. Source: every example of the vendor's; stated nowhere. */
export const KEPT_MS = 7 * 24 * 3600 * 1000;

/** As Java prints an `Instant` in the vendor's examples: zeros at the end of the fraction are left out. */
export function renderInstant(time: Date): string {
  return time.toISOString().replace(/\.?0+Z$/, 'Z');
}

/** Until then what the job left can be downloaded. */
export function expirationOf({ createdAt }: Pick<Job, 'createdAt'>): Date {
  return new Date(createdAt.getTime() + KEPT_MS);
}
