import type { Pool } from 'pg';
import type { ServerProcess } from '../../test/support/server.ts';

/** Beyond every time for which something is kept by default. */
const AGE = '200 days';
const POLL_EVERY_MS = 5;
const LIMIT_MS = 120_000;

/** The first round after a start has so many jobs to remove; a client polls meanwhile. */
export async function measureJanitor(
  server: ServerProcess,
  pool: Pool,
  jobs: number,
): Promise<Record<string, number>> {
  await pool.query(
    `update waybill.jobs set created_at = created_at - interval '${AGE}', started_at = started_at - interval '${AGE}',
       finished_at = finished_at - interval '${AGE}'
     where id in (select id from waybill.jobs where finished_at is not null order by number limit $1)`,
    [jobs],
  );
  const [polled] = (
    await pool.query<{ id: string }>('select id from waybill.jobs order by number desc limit 1')
  ).rows;
  const left = async () => {
    const found = await pool.query(
      `select from waybill.jobs where finished_at < clock_timestamp() - interval '100 days' limit 1`,
    );
    return found.rowCount !== 0;
  };
  await server.terminate();
  await server.startAgain();
  const startedAt = performance.now();
  const { url, token } = server.client.server;
  const times: number[] = [];
  let isLeft = true;
  for (let index = 0; isLeft; index += 1) {
    const sentAt = performance.now();
    const response = await fetch(`${url}/v1/jobs/${polled?.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    times.push(performance.now() - sentAt);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    if (index % 100 === 99) isLeft = await left();
    if (performance.now() - startedAt > LIMIT_MS) break;
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    [`janitor removes ${jobs.toLocaleString('en')} jobs, seconds${isLeft ? ' (and was not done)' : ''}`]:
      (performance.now() - startedAt) / 1000,
    'polls meanwhile, p99': sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    'polls meanwhile, slowest': sorted.at(-1) ?? Number.NaN,
  };
}
