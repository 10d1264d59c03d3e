/** What the demo shows: short sections of aligned lines, plain text, the same with and without a terminal. */
import type { WireJob } from '../../sdk/wire.ts';
import { renderCounts } from '../render/job.ts';
import { timeOf } from '../render/job-time.ts';
import { renderAmount, renderCount, renderDuration } from '../render/numbers.ts';
import { type Column, cutToWidth, renderTable } from '../render/table.ts';

export interface Check {
  readonly name: string;
  readonly isGood: boolean;
  /** The first difference, where it is not good. */
  readonly difference?: string;
}

export interface Screen {
  /** Begins a section. */
  title(name: string, about: string): void;
  /** One line of it. */
  step(label: string, text: string): void;
  /** A finished job: how many records, how fast, what became of them. */
  job(label: string, job: WireJob): void;
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  /** Something that must hold, remembered for the end. */
  check(name: string, difference: string | undefined): void;
  text(line: string): void;
  readonly checks: readonly Check[];
}

const LABEL_WIDTH = 10;
const INDENT = '  ';
const MAX_LINE_WIDTH = 110;

export function createScreen(write: (text: string) => void): Screen {
  const checks: Check[] = [];
  const line = (text: string) => write(`${text.trimEnd()}\n`);
  const step = (label: string, text: string) => {
    line(cutToWidth(`${INDENT}${label.padEnd(LABEL_WIDTH)}${text}`, MAX_LINE_WIDTH));
  };
  return {
    title: (name, about) => line(`\n${name}: ${about}`),
    step,
    job: (label, job) => step(label, renderJobLine(job)),
    table: (columns, rows) => write(renderTable(columns, rows, `${INDENT}${' '.repeat(LABEL_WIDTH)}`)),
    check(name, difference) {
      checks.push({
        name,
        isGood: difference === undefined,
        ...(difference !== undefined && { difference }),
      });
      step(difference === undefined ? 'ok' : 'FAILED', name);
      if (difference !== undefined) line(`${INDENT}${' '.repeat(LABEL_WIDTH)}${difference}`);
    },
    text: line,
    checks,
  };
}

function renderJobLine(job: WireJob): string {
  const ms = timeOf(job).workedMs ?? 0;
  const { processed } = job.progress;
  const records = renderAmount(processed, 'record').padStart(15);
  const rate = ms === 0 ? '' : `${renderCount(Math.round((processed * 1000) / ms))}/s`;
  // The number of records is in its own column already.
  const outcome = renderCounts(job).replace(/^[\d,]+ records?(: )?/, '');
  return `${records}  ${renderDuration(ms).padStart(6)}  ${rate.padStart(9)}  ${outcome}`;
}
