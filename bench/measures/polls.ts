import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askMany } from '../ask-many.ts';
import type { Measure } from '../measure.ts';
import type { Stage } from '../stage.ts';

const LOAD = { connections: 16, seconds: 3 };

interface Polled {
  readonly path: string;
  readonly token: string;
}

/** Both servers are in this process, in turn; who asks is in another. */
function pollsMeasure(name: string, aim: number, findPolled: (stage: Stage) => Promise<Polled>): Measure {
  return {
    name,
    aim,
    against: 'a bare node:http server that answers the same bytes',
    unit: 'per_second',
    async round(stage) {
      const { path, token } = await findPolled(stage);
      const url = `${stage.server.url}${path}`;
      const headers = { authorization: `Bearer ${token}` };
      const body = await (await fetch(url, { headers })).text();
      const constant = await startConstantServer(body);
      const { port } = constant.address() as AddressInfo;
      const ceiling = await askMany({ ...LOAD, url: `http://127.0.0.1:${port}/`, headers });
      constant.close();
      const ours = await askMany({ ...LOAD, url, headers });
      return { ours: ours.perSecond, ceiling: ceiling.perSecond };
    },
  };
}

function startConstantServer(body: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** The latest job that has ended; where there is none, a small one. */
async function latestJob({ client }: Stage): Promise<string> {
  const [latest] = (await client.listJobs({ limit: 1 })).jobs;
  if (latest !== undefined) return `/v1/jobs/${latest.id}`;
  const schema = { type: 'object', properties: { id: { type: 'integer' } } };
  await client.applyCollection('polled', { name: 'polled', key: ['id'], schema });
  const job = await client.startJob('import', { collection: 'polled', source: { records: [{ id: 1 }] } });
  return `/v1/jobs/${(await client.waitForJob(job.id)).id}`;
}

async function createKey({ server }: Stage): Promise<string> {
  const answer = await fetch(`${server.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', role: 'reader' }),
  });
  const { key } = (await answer.json()) as { readonly key: string };
  return key;
}

export const tokenPollsMeasure = pollsMeasure('status polls with the token', 0.6, async (stage) => ({
  path: await latestJob(stage),
  token: stage.server.token,
}));

export const keyPollsMeasure = pollsMeasure('status polls with an API key', 0.5, async (stage) => ({
  path: await latestJob(stage),
  token: await createKey(stage),
}));
