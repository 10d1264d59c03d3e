/** An export: its files must hold exactly what the table holds, in the order of the key. */
import { createHash } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { demand } from './ask.ts';
import { bringToEnd } from './bring-to-end.ts';
import { type Row, type Table, VALUE_FIELDS } from './foretell.ts';
import type { StepSetting } from './lane.ts';
import type { ExportPlan } from './plan.ts';
import { compareTables, type Target } from './target.ts';
import type { SeenJob } from './watch.ts';

export interface Artifact {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly records?: number;
}

export type ExportedRow = Readonly<Record<string, string | number | null>>;

export async function runExport(step: StepSetting, plan: ExportPlan): Promise<void> {
  const [target] = step.targets as [Target];
  const expected = step.tables.get(target) as Table;
  const { storm: _, kind: __, ...options } = plan;
  const request = { ...options, collection: target.collection, scope: target.scope };
  const result = await exportRows(step, plan, request);
  if (result === undefined) return;
  const { rows, where } = result;
  const numbers = rows.map((row) => Number(row['id']));
  if (numbers.some((id, at) => at > 0 && id <= (numbers[at - 1] ?? 0))) {
    step.around.faults.report('export', where, 'the rows are not in the order of the key');
  }
  const actual = new Map(rows.map((row) => [String(row['id']), rowOf(row)]));
  const numeric = plan.format === 'csv' ? expected : asNumbers(expected);
  const difference = compareTables(actual, numeric);
  if (difference !== undefined) step.around.faults.report('export', where, difference);
  step.figures.countRows(rows.length);
}

/** Runs the job and reads its result; undefined: it has none, for a reason that is right or has been reported. */
export async function exportRows(
  step: StepSetting,
  { storm, format }: Pick<ExportPlan, 'storm' | 'format'>,
  request: object,
): Promise<{ rows: readonly ExportedRow[]; where: string } | undefined> {
  const answer = await demand(step.around, '/v1/exports', {
    method: 'POST',
    headers: { 'idempotency-key': `${step.targets[0]?.collection} ${step.where}` },
    json: { ...request, description: step.where },
  });
  const started = answer.body as unknown as SeenJob;
  const where = `${step.where} job ${started.number}`;
  const ended = await bringToEnd({ ...step, where, id: started.id, storm });
  const { job, mayBeCancelled } = ended;
  if (job.state === 'cancelled' && mayBeCancelled) return undefined;
  if (job.state !== 'succeeded') {
    step.around.faults.report(
      'end',
      where,
      `${job.state} ${JSON.stringify(job.failure ?? {})} instead of succeeded`,
    );
    return undefined;
  }
  const rows = step.sabotage.seeExport(await readResult(step, where, job, format));
  if (job.progress.processed !== rows.length) {
    step.around.faults.report(
      'counts',
      where,
      `processed ${job.progress.processed}, ${rows.length} in the files`,
    );
  }
  return { rows, where };
}

async function readResult(
  { around }: StepSetting,
  where: string,
  job: SeenJob,
  format: ExportPlan['format'],
): Promise<readonly ExportedRow[]> {
  const list = await demand(around, `/v1/jobs/${job.id}/artifacts`);
  const artifacts = (list.body as unknown as { artifacts: readonly Artifact[] }).artifacts;
  const rows: ExportedRow[] = [];
  for (const artifact of artifacts.filter(({ kind }) => kind === 'result').toSorted(byName)) {
    const { bytes } = await demand(around, artifact.url);
    const found = parseFile(bytes, format);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (
      sha256 !== artifact.sha256 ||
      bytes.length !== artifact.sizeBytes ||
      found.length !== artifact.records
    ) {
      around.faults.report(
        'export',
        where,
        `${artifact.name} is not what its entry says: ${JSON.stringify(artifact)}`,
      );
    }
    rows.push(...found);
  }
  return rows;
}

function byName(one: Artifact, other: Artifact): number {
  return one.name < other.name ? -1 : 1;
}

function parseFile(bytes: Buffer, format: ExportPlan['format']): readonly ExportedRow[] {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZstd = bytes[0] === 0x28 && bytes[1] === 0xb5;
  const plain = isGzip ? gunzipSync(bytes) : isZstd ? zstdDecompressSync(bytes) : bytes;
  const text = plain.toString();
  if (format === 'csv') {
    // An empty text is quoted, and what is empty without quotes is null.
    const cast = (value: string, { quoting }: { quoting: boolean }) =>
      value === '' && !quoting ? null : value;
    return parse(text, { columns: true, cast }) as unknown as ExportedRow[];
  }
  if (format === 'json') return JSON.parse(text) as ExportedRow[];
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ExportedRow);
}

function rowOf(row: ExportedRow): Row {
  return VALUE_FIELDS.map((field) => {
    const value = row[field] ?? null;
    return value === null ? null : String(value);
  });
}

/** As numbers of JSON come out of its parser. */
function asNumbers(table: Table): Table {
  const amount = VALUE_FIELDS.indexOf('amount');
  return new Map(
    [...table].map(([key, row]) => [
      key,
      row.map((value, at) => (at === amount ? String(Number(value)) : value)),
    ]),
  );
}
