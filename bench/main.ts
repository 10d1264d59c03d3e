/**
 * The bench: each measure beside its ceiling in the same run, so that a slow or noisy machine slows both.
 *
 *     npm run bench -- [--records 1000000] [--runs 3] [--only import,export] [--json] [--out FILE] [--compare FILE]
 *
 * Rounds are interleaved, ours and the ceiling in turn, and the median of the pairs counts. `--out` keeps the figures with the commit and
 * the load of the machine, `--compare` prints how far they are from those of such a file.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ALLOCATOR_SETTINGS } from '../src/cli/allocator-settings.ts';
import { type Measure, median, type Round } from './measure.ts';
import { exportMeasure } from './measures/export.ts';
import { importMeasure, updateMeasure } from './measures/import.ts';
import { keyPollsMeasure, tokenPollsMeasure } from './measures/polls.ts';
import { verdictsMeasure } from './measures/verdicts.ts';
import { compareWith, describeCircumstances, saveReport } from './report.ts';
import { type Stage, setStage } from './stage.ts';

const MEASURES: Readonly<Record<string, Measure>> = {
  import: importMeasure,
  update: updateMeasure,
  export: exportMeasure,
  verdicts: verdictsMeasure,
  polls: tokenPollsMeasure,
  'polls-key': keyPollsMeasure,
};

interface Result {
  readonly name: string;
  readonly against: string;
  readonly unit: Measure['unit'];
  readonly ours: number;
  readonly ceiling: number;
  /** Our speed as a share of the ceiling's: the median of the ratios of all rounds. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly aim?: number;
}

function ratioOf(measure: Measure, { ours, ceiling }: Round): number {
  return measure.unit === 'seconds' ? ceiling / ours : ours / ceiling;
}

async function take(measure: Measure, stage: Stage, runs: number): Promise<Result> {
  const rounds: Round[] = [];
  for (let index = 0; index < runs; index += 1) rounds.push(await measure.round(stage, index));
  const ratios = rounds.map((round) => ratioOf(measure, round));
  return {
    name: measure.name,
    against: measure.against,
    unit: measure.unit,
    ours: median(rounds.map((round) => round.ours)),
    ceiling: median(rounds.map((round) => round.ceiling)),
    ratio: median(ratios),
    ratios,
    ...(measure.aim !== undefined && { aim: measure.aim }),
  };
}

function describe(result: Result, records: number): string {
  const rate = (value: number) =>
    result.unit === 'seconds'
      ? `${value.toFixed(2)} s, ${Math.round(records / value).toLocaleString('en')} records/s`
      : `${Math.round(value).toLocaleString('en')}/s`;
  const spread = result.ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  return [
    result.name,
    `  Waybill   ${rate(result.ours)}`,
    `  ceiling   ${rate(result.ceiling)}   (${result.against})`,
    `  ratio     ${result.ratio.toFixed(2)}${result.aim === undefined ? '' : `   (aim ${result.aim})`}   rounds: ${spread}`,
  ].join('\n');
}

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    compare: { type: 'string' },
  },
});
const records = Number(values.records);
const names = values.only.split(',');
const unknown = names.filter((name) => MEASURES[name] === undefined);
if (unknown.length > 0 || !Number.isSafeInteger(records) || records < 1) {
  console.error(`--only takes ${Object.keys(MEASURES).join(', ')}; --records a number.`);
  process.exit(64);
}

// As the command line does for its workers.
for (const [name, value] of Object.entries(ALLOCATOR_SETTINGS)) process.env[name] ??= value;
const loadBefore = loadavg();
const stage = await setStage(records);
const results: Result[] = [];
try {
  if (!values.json) {
    console.log(
      `${records.toLocaleString('en')} records, ${(stage.sizeBytes / 1e6).toFixed(0)} MB; ${availableParallelism()} × ${cpus()[0]?.model}; Node ${process.version}; medians of ${values.runs} rounds\n`,
    );
  }
  for (const name of names) {
    const measure = MEASURES[name];
    if (measure === undefined) continue;
    const result = await take(measure, stage, Number(values.runs));
    results.push(result);
    if (!values.json) console.log(`${describe(result, records)}\n`);
  }
  if (values.json) console.log(JSON.stringify({ records, results }));
  if (values.compare !== undefined) console.log(await compareWith(values.compare, { records, results }));
  if (values.out !== undefined) {
    await saveReport(values.out, describeCircumstances(loadBefore), { records, results });
  }
} finally {
  await stage.close();
}
