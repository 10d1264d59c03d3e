import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Client } from '../../src/sdk/client.ts';
import { historyCollection } from '../../test/support/history.ts';
import { median } from '../measure.ts';

const CALLS = 15;
/** What is slow is not asked so often. */
const BUDGET_MS = 5_000;
const SMALL = 'small_imports';

/** What clients wait for, in milliseconds: medians of several calls over one connection. */
export async function measureCalls({ server }: Client, pool: Pool): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
  const call = async (method: string, path: string, json?: object, more: Record<string, string> = {}) => {
    const startedAt = performance.now();
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: { ...headers, ...more },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${body}`);
    return { ms: performance.now() - startedAt, body };
  };
  const medianOf = async (take: (index: number) => Promise<number>, calls = CALLS) => {
    const taken: number[] = [];
    // The first one prepares what is kept.
    await take(-1);
    const startedAt = performance.now();
    for (let index = 0; index < calls; index += 1) {
      taken.push(await take(index));
      if (performance.now() - startedAt > BUDGET_MS) break;
    }
    return median(taken);
  };
  const get = (path: string) => medianOf(async () => (await call('GET', path)).ms);

  await call('PUT', `/v1/collections/${SMALL}`, {
    name: SMALL,
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
  const smallImport = (index: number) => ({
    collection: SMALL,
    source: { records: [{ id: index, name: `name ${process.hrtime.bigint()}` }] },
  });
  const [ends] = (
    await pool.query<{ id: string; first: number; last: number }>(
      `select (select id from waybill.jobs where state = 'succeeded' order by number desc limit 1) as id,
         min(number)::float8 as first, max(number)::float8 as last from waybill.jobs`,
    )
  ).rows;
  if (ends === undefined) throw new Error('there are no jobs');
  const deep = Math.round(ends.first + (ends.last - ends.first) / 20);
  const largest = historyCollection(0);
  const later = new Date(Date.now() + 365 * 24 * 3600 * 1000).toISOString();
  return {
    'small import, Prefer: wait': await medianOf(
      async (index) => (await call('POST', '/v1/imports', smallImport(index), { prefer: 'wait=20' })).ms,
    ),
    'kick-off': await medianOf(async (index) => {
      const accepted = await call('POST', '/v1/imports', { ...smallImport(index), startAt: later });
      const { id } = JSON.parse(accepted.body) as { id: string };
      await call('POST', `/v1/jobs/${id}/cancel`);
      return accepted.ms;
    }),
    'status poll': await get(`/v1/jobs/${ends.id}`),
    list: await get('/v1/jobs'),
    'list, deep': await get(`/v1/jobs?before=${deep}`),
    'list, state=failed': await get('/v1/jobs?state=failed'),
    'list, state=paused (none)': await get('/v1/jobs?state=paused'),
    'list, state=failed, deep': await get(`/v1/jobs?state=failed&before=${deep}`),
    'list, label': await get('/v1/jobs?label=customer-7'),
    'list, label (none)': await get('/v1/jobs?label=nobody'),
    'list, collection': await get(`/v1/jobs?collection=${largest}`),
    'list, collection, deep': await get(`/v1/jobs?collection=${largest}&before=${deep}`),
    'list, collection (none)': await get('/v1/jobs?collection=nothing'),
    'list, createdBy (none)': await get('/v1/jobs?createdBy=nobody'),
    'list, kind=export': await get('/v1/jobs?kind=export'),
    'list, state and kind (none)': await get('/v1/jobs?state=failed&kind=export'),
    'list, state and label': await get('/v1/jobs?state=failed&label=customer-7'),
    'list, collection, label and state': await get(
      `/v1/jobs?collection=${largest}&label=nightly&state=failed`,
    ),
    'list, since (none)': await get(`/v1/jobs?since=${later}`),
    'list, since and state': await get(
      `/v1/jobs?state=failed&since=${new Date(Date.now() - 3 * 24 * 3600 * 1000).toISOString()}`,
    ),
    '/metrics': await medianOf(async () => {
      // Figures are kept for a second.
      await delay(1100);
      return (await call('GET', '/metrics')).ms;
    }, 5),
  };
}
