/** What a bench leaves behind: its figures with the commit, the machine and its load, and how they differ from those of another time. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';

/** Of one run. */
export interface Circumstances {
  /** With `+` where sources were changed since. */
  readonly commit: string;
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  /** Averages of 1, 5 and 15 minutes. Other work on the cores is in all figures. */
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
}

export function describeCircumstances(loadBefore: readonly number[]): Circumstances {
  const git = (...parameters: string[]) => execFileSync('git', parameters, { encoding: 'utf8' }).trim();
  return {
    commit: git('rev-parse', 'HEAD') + (git('status', '--porcelain', 'src', 'migrations') === '' ? '' : '+'),
    at: new Date().toISOString(),
    machine: `${availableParallelism()} × ${cpus()[0]?.model}`,
    node: process.version,
    load: { before: loadBefore, after: loadavg() },
  };
}

export async function saveReport(file: string, circumstances: Circumstances, figures: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ ...circumstances, ...figures }, null, 2)}\n`);
  console.log(`\nwritten to ${file}`);
}

/** Of one measure. */
export interface Figure {
  readonly name: string;
  /** Our speed as a share of the ceiling's: the median of pairs. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

export interface BenchReport extends Circumstances {
  readonly records: number;
  readonly results: readonly Figure[];
}

/** A difference is told from noise by the rounds: apart where the ranges do not overlap. */
export async function compareWith(
  file: string,
  now: Pick<BenchReport, 'records' | 'results'>,
): Promise<string> {
  const before = JSON.parse(await readFile(file, 'utf8')) as BenchReport;
  const lines = now.results.map((result) => {
    const known = before.results.find(({ name }) => name === result.name);
    if (known === undefined) return `${result.name}: new, ${result.ratio.toFixed(2)}`;
    const change = (result.ratio / known.ratio - 1) * 100;
    const verdict = areApart(known.ratios, result.ratios) ? '' : ' (within the noise of the rounds)';
    return `${result.name}: ${known.ratio.toFixed(2)} -> ${result.ratio.toFixed(2)}, ${change >= 0 ? '+' : ''}${change.toFixed(0)} %${verdict}`;
  });
  const sizes =
    before.records === now.records ? '' : `, of ${before.records} records in place of ${now.records}`;
  return [
    `Shares of the ceiling, beside ${before.commit.slice(0, 9)} of ${before.at}${sizes}:`,
    ...lines,
  ].join('\n');
}

function areApart(one: readonly number[], other: readonly number[]): boolean {
  return Math.max(...one) < Math.min(...other) || Math.max(...other) < Math.min(...one);
}
