/** An import or a validation: the file, the job, the verdict, and the correction of what was refused. */
import { demand } from './ask.ts';
import { awaitReport } from './await-report.ts';
import { bringToEnd, type EndedJob } from './bring-to-end.ts';
import { expectImport, type PartSent } from './expectation.ts';
import { repairRecords } from './failed-rows.ts';
import type { ImportWish, Table } from './foretell.ts';
import { judgeImport } from './judge-import.ts';
import type { StepSetting } from './lane.ts';
import type { ImportPlan, Storm } from './plan.ts';
import { makeRecords, type SentRecord } from './records.ts';
import { nameSource, renderSource } from './render-source.ts';
import type { Target } from './target.ts';
import type { SeenJob } from './watch.ts';

export async function runImport(step: StepSetting, plan: ImportPlan): Promise<void> {
  const targets = step.targets.slice(0, plan.wanted.length);
  const records = plan.wanted.map((wanted, at) => makeRecords(step.random.fork('records', at), wanted));
  const uploads = [];
  for (const [at, part] of records.entries()) {
    const bytes = renderSource(part, plan.shape);
    uploads.push(await upload(step, nameSource(`part-${at}`, plan.shape), bytes));
  }
  const started = await startImport(step, plan, targets, uploads);
  const ended = await follow(step, plan, targets, records, { started, wish: plan.wish, storm: plan.storm });
  // Of a job that wrote nothing, the refused records alone would leave out the good ones.
  const isPossible = ended.job.state === 'succeeded' && plan.kind === 'import' && targets.length === 1;
  if (isPossible && plan.isCorrected && plan.wish.atomicity === 'chunk')
    await correct(step, plan, targets, ended);
  else if (targets.length === 1) await getRefused(step, plan, ended);
}

interface Followed extends EndedJob {
  /** What was refused, with its number in the file. */
  readonly refused: readonly { readonly record: number; readonly sent: SentRecord }[];
}

/** Watches the job to its end, and judges it. */
async function follow(
  step: StepSetting,
  plan: ImportPlan,
  targets: readonly Target[],
  records: readonly (readonly SentRecord[])[],
  { started, wish, storm }: { started: SeenJob; wish: ImportWish; storm: Storm },
): Promise<Followed> {
  const size = records.map((part) => part.length).join(' + ');
  const where = `${step.where} job ${started.number} (${wish.mode}, ${wish.atomicity}, ${size} records)`;
  const ended = await bringToEnd({ ...step, where, id: started.id, storm });
  const sent: PartSent[] = targets.map((target, at) => ({
    before: step.tables.get(target) as Table,
    records: records[at] ?? [],
  }));
  const expected = expectImport(plan.kind, sent, wish, ended.job, ended.mayBeCancelled);
  await judgeImport({ ...step, where, targets, sent, job: ended.job, expected });
  const [first] = expected.parts;
  const refused = (first?.fates ?? []).flatMap(({ outcome }, at) =>
    outcome === 'rejected' ? [{ record: at + 1, sent: records[0]?.[at] as SentRecord }] : [],
  );
  return { ...ended, refused };
}

/** Whatever has stopped a job, what it has refused comes back. */
async function getRefused(
  step: StepSetting,
  { shape }: ImportPlan,
  { job, refused }: Followed,
): ReturnType<typeof repairRecords> {
  const where = `${step.where} job ${job.number}`;
  if (refused.length === 0 || !(await awaitReport(step.around, where, job, step.jobLimitMs)))
    return undefined;
  return repairRecords({ ...step, where }, job, refused, shape);
}

/** What a person does: get the failed rows, repair what can be repaired, send them again. */
async function correct(
  step: StepSetting,
  plan: ImportPlan,
  targets: readonly Target[],
  followed: Followed,
): Promise<void> {
  const { job } = followed;
  const repaired = await getRefused(step, plan, followed);
  if (repaired === undefined) return;
  const id = await upload(step, `repaired.${plan.shape.format}`, repaired.bytes);
  const answer = await demand(step.around, `/v1/jobs/${job.id}/correct`, {
    method: 'POST',
    headers: { 'idempotency-key': `${targets[0]?.collection} ${step.where} correction` },
    json: { upload: id },
  });
  const started = answer.body as unknown as SeenJob;
  const { maxErrors: _, ...limitless } = plan.wish;
  const wish = { ...limitless, mode: plan.wish.mode === 'replace' ? 'upsert' : plan.wish.mode } as const;
  await follow(step, plan, targets, [repaired.records], { started, wish, storm: { verbs: [] } });
}

async function upload({ around, where }: StepSetting, name: string, bytes: Buffer): Promise<unknown> {
  const fileName = encodeURIComponent(`${where.replaceAll(/\W+/g, '-')}-${name}`);
  const answer = await demand(around, `/v1/uploads?name=${fileName}`, { method: 'POST', bytes });
  return answer.body['id'];
}

async function startImport(
  { around, where }: StepSetting,
  { kind, wish }: ImportPlan,
  targets: readonly Target[],
  uploads: readonly unknown[],
): Promise<SeenJob> {
  const parts = targets.map(({ collection, scope }, at) => ({
    collection,
    source: { upload: uploads[at] },
    ...(scope !== undefined && { scope }),
  }));
  const answer = await demand(around, `/v1/${kind}s`, {
    method: 'POST',
    // The answer may be lost, and the request come again.
    headers: { 'idempotency-key': `${targets[0]?.collection} ${where}` },
    json: {
      ...(parts.length === 1 ? parts[0] : { parts }),
      ...wish,
      allowNothingAccepted: true,
      description: where,
    },
  });
  return answer.body as unknown as SeenJob;
}
