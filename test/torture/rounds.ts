/** A campaign of rounds, each on a stage of its own, and what came out of it. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { runCampaign } from './campaign.ts';
import type { Fault } from './faults.ts';
import { createFigures, type Figures } from './figures.ts';
import { createRandom } from './random.ts';
import type { Sabotage } from './sabotage.ts';
import { setStage, TOPOLOGIES } from './stage.ts';

export interface RoundsWish {
  readonly seed: number;
  readonly minutes: number;
  readonly lanes: number;
  readonly maxRecords: number;
  readonly sabotage: Sabotage;
  readonly isAttacked: boolean;
  readonly onFault: (fault: Fault) => void;
  readonly onRound: (line: string) => void;
}

/** What is written to the file of `--out`. */
export interface CampaignReport {
  readonly seed: number;
  readonly commit: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: string;
  readonly rounds: number;
  readonly faults: readonly Fault[];
  /** Where there are faults: the end of what each server wrote, by round. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
  readonly figures: Figures;
}

const ROUND_SECONDS = 240;

export async function runRounds(wish: RoundsWish): Promise<CampaignReport> {
  const startedAt = new Date();
  const until = performance.now() + wish.minutes * 60_000;
  const figures = createFigures();
  const faults: Fault[] = [];
  const logs: Record<string, readonly string[]> = {};
  let rounds = 0;
  while (rounds === 0 || performance.now() < until - 20_000) {
    const seconds = Math.max(20, Math.min(ROUND_SECONDS, (until - performance.now()) / 1000));
    const found = await runRound(wish, rounds, seconds, figures);
    faults.push(...found.faults);
    if (found.faults.length > 0) logs[rounds] = found.logs;
    rounds += 1;
  }
  return {
    seed: wish.seed,
    commit: commitOf(),
    startedAt: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}`,
    rounds,
    faults,
    logs,
    figures,
  };
}

/** Every round has a seed of its own, so that one can be repeated without those before: `--round`. */
async function runRound(
  wish: RoundsWish,
  round: number,
  seconds: number,
  figures: Figures,
): Promise<{ faults: readonly Fault[]; logs: readonly string[] }> {
  const random = createRandom(wish.seed).fork('round', round);
  const topology = TOPOLOGIES[round % TOPOLOGIES.length] ?? 'embedded';
  wish.onRound(`round ${round}: ${topology}, ${Math.round(seconds)} s`);
  const stage = await setStage(topology);
  const found: Fault[] = [];
  const logs: string[] = [];
  const onFault = (fault: Fault) => {
    const told = { ...fault, where: `round ${round}, ${topology}, ${fault.where}` };
    found.push(told);
    wish.onFault(told);
  };
  try {
    await runCampaign(stage, {
      name: 'torture',
      seed: random.int(0, 2 ** 31),
      seconds,
      lanes: wish.lanes,
      limits: { minRecords: 200, maxRecords: wish.maxRecords },
      sabotage: wish.sabotage,
      isAttacked: wish.isAttacked,
      figures,
      onFault,
    });
  } finally {
    logs.push(...stage.services.map(({ server }) => server.log));
    for (const what of await stage.close()) onFault({ kind: 'server', second: 0, where: 'the end', what });
  }
  return { faults: found, logs };
}

function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
