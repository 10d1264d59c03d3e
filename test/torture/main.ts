/**
 * Attacks a server for some minutes, with an oracle that knows nothing of its inside. docs/reliability.md says what is done and found.
 *
 *     npm run torture -- [--minutes 10] [--seed 1] [--lanes 4] [--records 20000] [--calm] [--sabotage NAME] [--out torture.json]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Fault } from './faults.ts';
import { renderReport } from './render-report.ts';
import { runRounds } from './rounds.ts';
import { createSabotage, NO_SABOTAGE, type SabotageName, TRICKS } from './sabotage.ts';

/** Of one kind; the file has all. */
const FAULTS_SHOWN = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    lanes: { type: 'string', default: '4' },
    records: { type: 'string', default: '20000' },
    calm: { type: 'boolean', default: false },
    sabotage: { type: 'string' },
    out: { type: 'string' },
  },
});
const [minutes, seed, lanes, maxRecords] = ['minutes', 'seed', 'lanes', 'records'].map((name) => {
  const number = Number(values[name as 'minutes']);
  if (!(number > 0))
    throw new Error(`--${name} expects a number above zero, not ${values[name as 'minutes']}`);
  return number;
}) as [number, number, number, number];
if (values.sabotage !== undefined && !Object.hasOwn(TRICKS, values.sabotage)) {
  throw new Error(`--sabotage is one of ${Object.keys(TRICKS).join(', ')}`);
}

// An exit ends the servers that were started; a signal by itself would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const shown = new Map<string, number>();
const report = await runRounds({
  minutes,
  seed,
  lanes,
  maxRecords,
  sabotage: values.sabotage === undefined ? NO_SABOTAGE : createSabotage(values.sabotage as SabotageName),
  isAttacked: !values.calm,
  onRound: (line) => console.error(line),
  onFault: ({ kind, second, where, what, amid = [] }: Fault) => {
    const count = (shown.get(kind) ?? 0) + 1;
    shown.set(kind, count);
    if (count <= FAULTS_SHOWN)
      console.error(`FAULT, ${kind}, after ${second} s, ${where}: ${what}\n  amid ${amid.join('; ')}`);
  },
});
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(renderReport(report));
process.exitCode = report.faults.length === 0 ? 0 : 1;
