import type { Job, JobKind } from '../core/job.ts';
import type { ServerAddress } from '../sdk/request.ts';
import { SPOKEN_DIALECTS } from './spoken-dialects.ts';

export interface AskedStatus {
  readonly dialect: string;
  /** Of the request. */
  readonly path: string;
  /** As it came. */
  readonly body: string;
  /** The same as every client of the protocol would understand it. */
  readonly isSucceeded: boolean;
}

/** Asks how a job stands in every dialect that knows jobs of its kind, as their clients do. */
export async function askStatuses(
  { url, token }: ServerAddress,
  job: Pick<Job, 'id' | 'number'>,
  kind: JobKind,
): Promise<AskedStatus[]> {
  const asked: AskedStatus[] = [];
  for (const { dialect, status } of SPOKEN_DIALECTS) {
    const own = status[kind]?.(job);
    if (own === undefined) continue;
    const path = `${dialect.basePaths[0]}${own}`;
    const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
    const body = await answer.text();
    const isSucceeded = answer.ok && dialect.readStatus(JSON.parse(body)).state === 'succeeded';
    asked.push({ dialect: dialect.title, path, body, isSucceeded });
  }
  return asked;
}
