/**
 * Attacks a server for some minutes, with an oracle that knows nothing of its inside. docs/reliability.md says what is done and found.
 *
 *     npm run torture -- [--minutes 10] [--seed 1] [--lanes 4] [--records 20000] [--calm] [--sabotage NAME] [--out torture.json]
 */
import { writeFile } from 'node:fs/promises';
import type { Fault } from './faults.ts';
import { parseOptions } from './options.ts';
import { renderReport } from './render-report.ts';
import { runRounds } from './rounds.ts';
import { createSabotage, NO_SABOTAGE } from './sabotage.ts';

/** Of one kind; the file has all. */
const FAULTS_SHOWN = 20;

const { minutes, seed, lanes, records, calm, sabotage, out } = parseOptions(process.argv.slice(2));

// An exit ends the servers that were started; a signal by itself would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const shown = new Map<string, number>();
const report = await runRounds({
  minutes,
  seed,
  lanes,
  maxRecords: records,
  sabotage: sabotage === undefined ? NO_SABOTAGE : createSabotage(sabotage),
  isAttacked: !calm,
  onRound: (line) => console.error(line),
  onFault: ({ kind, second, where, what, amid = [] }: Fault) => {
    const count = (shown.get(kind) ?? 0) + 1;
    shown.set(kind, count);
    if (count <= FAULTS_SHOWN)
      console.error(`FAULT, ${kind}, after ${second} s, ${where}: ${what}\n  amid ${amid.join('; ')}`);
  },
});
if (out !== undefined) await writeFile(out, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(renderReport(report));
process.exitCode = report.faults.length === 0 ? 0 : 1;
