import type { Job, JobKind } from '../core/job.ts';
import type { ServerAddress } from '../sdk/request.ts';
import { SPOKEN_PROTOCOLS } from './spoken-protocols.ts';

export interface AskedStatus {
  readonly protocol: string;
  /** Of the request. */
  readonly path: string;
  /** As it came. */
  readonly body: string;
  /** The same as every client of the protocol would understand it. */
  readonly isSucceeded: boolean;
}

/** Asks for the status of a job in every protocol that knows jobs of its kind, as their clients do. */
export async function askStatuses(
  { url, token }: ServerAddress,
  job: Pick<Job, 'id' | 'number'>,
  kind: JobKind,
): Promise<AskedStatus[]> {
  const asked: AskedStatus[] = [];
  for (const { protocol, status } of SPOKEN_PROTOCOLS) {
    const own = status[kind]?.(job);
    if (own === undefined) continue;
    const path = `${protocol.basePaths[0]}${own}`;
    const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
    const body = await answer.text();
    const isSucceeded = answer.ok && protocol.readStatus(JSON.parse(body)).state === 'succeeded';
    asked.push({ protocol: protocol.title, path, body, isSucceeded });
  }
  return asked;
}
