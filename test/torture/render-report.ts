import type { CampaignReport } from './rounds.ts';

/** What came out of a campaign, for people. */
export function renderReport({
  seed,
  commit,
  startedAt,
  seconds,
  machine,
  rounds,
  faults,
  figures,
}: CampaignReport): string {
  const { answers, recordsSent, rowsCompared } = figures.sums;
  const number = (value: number) => value.toLocaleString('en');
  return [
    `seed ${seed}, commit ${commit}, ${startedAt}, ${number(seconds)} s in ${rounds} rounds`,
    machine,
    ...section('attacks', figures.attacks),
    ...section('jobs', figures.jobs),
    ...section('asked of jobs', figures.verbs),
    ...section('failed under attack, and went on after a retry', figures.retries),
    `${number(recordsSent)} records sent, ${number(rowsCompared)} rows compared, ${number(answers)} answers looked at`,
    faults.length === 0 ? 'no fault' : `${number(faults.length)} FAULTS`,
  ].join('\n');
}

function section(title: string, tally: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(tally).toSorted(([, one], [, other]) => other - one);
  if (entries.length === 0) return [];
  const sum = entries.reduce((total, [, count]) => total + count, 0);
  return [
    `${title}: ${sum.toLocaleString('en')}`,
    ...entries.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`),
  ];
}
