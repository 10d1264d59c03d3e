/** The clients of `bench/load.ts`, forked by it: told a plan, they tell a result, and end. */
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient } from '../../src/sdk/client.ts';

export interface LoadPlan {
  readonly server: Client['server'];
  /** Not measured: a server that has just started compiles what it does often. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly pollers: number;
  readonly watchers: number;
  readonly uploads: number;
  /** Imports that begin at once. */
  readonly wave: number;
}

export interface LoadResult {
  readonly polls: {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly greatest: number;
  };
  readonly events: number;
  readonly uploads: number;
  readonly imports: number;
  readonly errors: readonly string[];
  readonly clientDelayMs: number;
  readonly processorSeconds: number;
}

const POLL_EVERY_MS = 500;
/** Who has seen a job end looks at another one after a moment, each after their own. */
const WATCH_AGAIN_WITHIN_MS = 2_000;
const UPLOAD_PIECE_BYTES = 5_000;
const UPLOAD_PIECE_EVERY_MS = 250;
const UPLOAD_PIECES = 400;
const WAVE_EVERY_MS = 5_000;
const RECORDS = 500;
const COLLECTIONS = 10;

process.once('message', (plan: LoadPlan) => {
  void bear(plan).then((result) => {
    process.send?.(result, () => process.exit(0));
  });
});

async function bear(plan: LoadPlan): Promise<LoadResult> {
  const client = createClient(plan.server);
  const headers = { authorization: `Bearer ${plan.server.token}` };
  const pollAgent = new Agent({ keepAlive: true, maxSockets: plan.pollers });
  const errors: string[] = [];
  const times: number[] = [];
  const done = { events: 0, uploads: 0, imports: 0 };
  const fail = (what: string) => (error: unknown) => void errors.push(`${what}: ${String(error)}`);

  for (let index = 0; index < COLLECTIONS; index += 1) {
    const schema = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } };
    await client.applyCollection(`people${index}`, { name: `people${index}`, key: ['id'], schema });
  }
  const rows = Array.from({ length: RECORDS }, (_, id) => `${id},name ${id}\n`).join('');
  const upload = await client.upload(Readable.from([`id,name\n${rows}`]), 'people.csv');
  // Is there whenever no other job goes on, so that who watches never has to look for one.
  const startAt = new Date(Date.now() + 86_400_000).toISOString();
  const quiet = await client.startJob('import', {
    collection: 'people0',
    source: { upload: upload.id },
    startAt,
  });
  let open: string[] = [quiet.id];
  const someJob = () => open[Math.floor(Math.random() * open.length)] ?? quiet.id;

  const loopDelay = monitorEventLoopDelay({ resolution: 5 });
  loopDelay.enable();
  const measuredFrom = performance.now() + plan.warmUpSeconds * 1000;
  const endAt = measuredFrom + plan.seconds * 1000;
  const isOver = () => performance.now() >= endAt;

  function ask(path: string, agent: Agent | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { headers, ...(agent === undefined ? { agent: new Agent() } : { agent }) };
      get(`${plan.server.url}${path}`, options, resolve).once('error', reject);
    });
  }

  async function poll(): Promise<void> {
    await delay(Math.random() * POLL_EVERY_MS);
    while (!isOver()) {
      const beganAt = performance.now();
      const answer = await ask(`/v1/jobs/${someJob()}`, pollAgent);
      for await (const _ of answer);
      if (beganAt >= measuredFrom) times.push(performance.now() - beganAt);
      if (answer.statusCode !== 200) errors.push(`a poll: ${answer.statusCode}`);
      await delay(Math.max(0, POLL_EVERY_MS - (performance.now() - beganAt)));
    }
  }

  async function watch(): Promise<void> {
    while (!isOver()) {
      await delay(Math.random() * WATCH_AGAIN_WITHIN_MS);
      const answer = await ask(`/v1/jobs/${someJob()}/events`, undefined);
      if (answer.statusCode !== 200) errors.push(`a watcher: ${answer.statusCode}`);
      const timer = setTimeout(() => answer.destroy(), Math.max(0, endAt - performance.now()));
      answer.on('data', (bytes: Buffer) => (done.events += bytes.includes('event: job') ? 1 : 0));
      await new Promise((resolve) => answer.once('close', resolve));
      clearTimeout(timer);
    }
  }

  function sendSlowly(): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${plan.server.url}/v1/uploads?name=slow.csv`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/octet-stream' },
      });
      outgoing.once('error', reject);
      outgoing.once('response', (answer) => {
        answer.resume();
        if (answer.statusCode === 201) done.uploads += 1;
        else errors.push(`an upload: ${answer.statusCode}`);
        answer.once('close', resolve);
      });
      let pieces = 0;
      const piece = Buffer.alloc(UPLOAD_PIECE_BYTES, 'x,y\n');
      const timer = setInterval(() => {
        if (pieces === UPLOAD_PIECES || isOver()) {
          clearInterval(timer);
          outgoing.end();
        } else outgoing.write(piece);
        pieces += 1;
      }, UPLOAD_PIECE_EVERY_MS);
    });
  }

  async function uploadSlowly(): Promise<void> {
    await delay(Math.random() * 2_000);
    while (!isOver()) await sendSlowly();
  }

  async function importOne(index: number, started: (id: string) => void): Promise<void> {
    const job = await client.startJob('import', {
      collection: `people${index % COLLECTIONS}`,
      source: { upload: upload.id },
      allowConcurrent: true,
    });
    started(job.id);
    const ended = await client.waitForJob(job.id);
    if (ended.state === 'succeeded') done.imports += 1;
    else errors.push(`an import: ${ended.state} ${JSON.stringify(ended.failure)}`);
  }

  async function wave(): Promise<void> {
    while (!isOver()) {
      const beganAt = performance.now();
      const ids: string[] = [];
      await Promise.all(
        Array.from({ length: plan.wave }, (_, index) =>
          importOne(index, (id) => {
            ids.push(id);
            open = ids;
          }).catch(fail('an import')),
        ),
      );
      open = [...ids.slice(0, plan.wave), quiet.id];
      await delay(Math.max(0, Math.min(WAVE_EVERY_MS, endAt - beganAt) - (performance.now() - beganAt)));
    }
  }

  const many = (count: number, what: string, work: () => Promise<void>) =>
    Array.from({ length: count }, () => work().catch(fail(what)));
  await Promise.all([
    ...many(plan.pollers, 'a poller', poll),
    ...many(plan.watchers, 'a watcher', watch),
    ...many(plan.uploads, 'an upload', uploadSlowly),
    wave(),
  ]);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    ...done,
    errors,
    polls: { count: sorted.length, p50: at(0.5), p99: at(0.99), greatest: sorted.at(-1) ?? Number.NaN },
    clientDelayMs: loopDelay.percentile(99) / 1e6,
    processorSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  };
}
