/** A lane works on one collection, job after job, and judges each. */
import { ask, demand, type Surroundings } from './ask.ts';
import type { Figures } from './figures.ts';
import { type Table } from './foretell.ts';
import { judgeImport } from './judge-import.ts';
import { type ImportPlan, type PlanLimits, planStep } from './plan.ts';
import type { Random } from './random.ts';
import { makeRecords, type SentRecord } from './records.ts';
import { nameSource, renderSource } from './render-source.ts';
import type { Sabotage } from './sabotage.ts';
import type { Sql, Target } from './target.ts';
import { type SeenJob, type Watch, watchJob } from './watch.ts';

export interface LaneSetting {
  readonly name: string;
  readonly target: Target;
  readonly random: Random;
  readonly limits: PlanLimits;
  readonly around: Surroundings;
  readonly sql: Sql;
  readonly figures: Figures;
  readonly sabotage: Sabotage;
  /** A job that has not ended by then is stuck. */
  readonly jobLimitMs: number;
}

export interface Lane {
  /** One job from its file to the verdict. */
  step(): Promise<void>;
}

export function createLane(setting: LaneSetting): Lane {
  const { name, random, around, figures } = setting;
  let number = 0;
  let table: Table = new Map();
  return {
    async step() {
      number += 1;
      const where = `${name} step ${number}`;
      const own = random.fork(number);
      const plan = planStep(own, setting.limits, number);
      const records = makeRecords(own.fork('records'), plan.wanted);
      const job = await startImport(setting, where, plan, records);
      const at = `${where} job ${job.number} (${plan.wish.mode}, ${records.length} records)`;
      const watch = watchJob(around, at, job.id, own.fork('watch'), setting.sabotage);
      const ended = await bringToEnd(setting, watch, at, job.id);
      if (ended === undefined) return;
      figures.countJob(ended);
      table = await judgeImport({ ...setting, where: at, plan, records, before: table, job: ended });
    },
  };
}

async function startImport(
  { target, around }: LaneSetting,
  where: string,
  plan: ImportPlan,
  records: readonly SentRecord[],
): Promise<SeenJob> {
  const name = encodeURIComponent(nameSource(where.replaceAll(' ', '-'), plan.shape));
  const bytes = renderSource(records, plan.shape);
  const upload = await demand(around, `/v1/uploads?name=${name}`, { method: 'POST', bytes });
  const answer = await demand(around, `/v1/${plan.kind}s`, {
    method: 'POST',
    // The answer may be lost, and the request come again.
    headers: { 'idempotency-key': `${target.collection} ${where}` },
    json: {
      collection: target.collection,
      source: { upload: upload.body['id'] },
      ...plan.wish,
      allowNothingAccepted: true,
      description: where,
      ...(target.scope !== undefined && { scope: target.scope }),
    },
  });
  return answer.body as unknown as SeenJob;
}

/** How often a job that failed for what was done to its workers or database is asked to go on. */
const MOST_RETRIES = 20;
/** Failures that the attacks cause, and that a retry mends. */
const CAUSED = ['job.crashes_worker', 'database.unavailable'];

/** Watches until the job has ended in a way that is no doing of the attacks. */
async function bringToEnd(
  setting: LaneSetting,
  watch: Watch,
  where: string,
  id: string,
): Promise<SeenJob | undefined> {
  const { around, figures, jobLimitMs } = setting;
  for (let tries = 0; tries <= MOST_RETRIES; tries += 1) {
    const ended = await watch.waitForEnd(jobLimitMs);
    if (ended === undefined) {
      around.faults.report(
        'stuck',
        where,
        `not ended within ${jobLimitMs} ms: ${JSON.stringify(watch.latest())}`,
      );
      return undefined;
    }
    if (ended.state !== 'failed' || !CAUSED.includes(ended.failure?.code ?? '')) return ended;
    figures.countRetry(ended.failure?.code ?? '');
    watch.forget();
    await ask(around, `/v1/jobs/${id}/retry`, { method: 'POST' });
  }
  around.faults.report('stuck', where, `failed ${MOST_RETRIES} times: ${JSON.stringify(watch.latest())}`);
  return undefined;
}
