/**
 * Attacks a server for some minutes, with an oracle that knows nothing of its inside. docs/reliability.md says what is done and found.
 *
 *     npm run torture -- [--minutes 10] [--seed 1] [--lanes 4] [--records 20000] [--sabotage NAME] [--out torture.json]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { createSabotage, NO_SABOTAGE, type SabotageName } from './sabotage.ts';
import { setStage } from './stage.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    lanes: { type: 'string', default: '4' },
    records: { type: 'string', default: '20000' },
    sabotage: { type: 'string' },
    out: { type: 'string' },
    calm: { type: 'boolean', default: false },
  },
});
const startedAt = new Date();
const stage = await setStage();
const { faults, figures } = await runCampaign(stage, {
  name: 'torture',
  seed: Number(values.seed),
  seconds: Number(values.minutes) * 60,
  lanes: Number(values.lanes),
  limits: { minRecords: 200, maxRecords: Number(values.records) },
  sabotage: values.sabotage === undefined ? NO_SABOTAGE : createSabotage(values.sabotage as SabotageName),
  isAttacked: !values.calm,
  onFault: (fault) => console.error(`FAULT ${fault.kind} [${fault.second} s] ${fault.where}: ${fault.what}`),
});
await stage.close();
console.log(JSON.stringify({ startedAt, seed: values.seed, faults: faults.length, figures }, undefined, 2));
if (values.out !== undefined) await writeFile(values.out, JSON.stringify({ faults, figures }));
process.exitCode = faults.length === 0 ? 0 : 1;
