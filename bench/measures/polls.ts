import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Measure } from '../measure.ts';

const CONNECTIONS = 16;
const DURATION_MS = 3000;

/** Requests a second over kept-alive connections; bounded in time. */
async function pollRate(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const endAt = performance.now() + DURATION_MS;
  let polls = 0;
  const poll = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent, headers }, (response) => {
        response.resume();
        response.once('end', resolve);
      }).once('error', reject);
    });
  const client = async () => {
    while (performance.now() < endAt) {
      await poll();
      polls += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return polls / (DURATION_MS / 1000);
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

/** The load comes from this process, which also serves: both rates are lower than what a server alone gives. */
export const pollsMeasure: Measure = {
  name: 'status polls, GET /v1/jobs/{id}',
  against: 'a bare node:http server that answers a constant, in the same process',
  unit: 'per_second',
  async round(stage) {
    const { jobs } = await stage.client.listJobs({ limit: 1 });
    const [job] = jobs;
    if (job === undefined) throw new Error('no job to poll');
    const constant = await startConstantServer(JSON.stringify(job));
    const { port } = constant.address() as AddressInfo;
    const ceiling = await pollRate(`http://127.0.0.1:${port}/`, {});
    constant.close();
    const ours = await pollRate(`${stage.server.url}/v1/jobs/${job.id}`, {
      authorization: `Bearer ${stage.server.token}`,
    });
    return { ours, ceiling };
  },
};
