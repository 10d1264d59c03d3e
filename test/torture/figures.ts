/** What a campaign has done, in figures. */
import type { SeenJob } from './watch.ts';

export interface Figures {
  countJob(job: SeenJob): void;
  countRetry(code: string): void;
  countRecords(sent: number, rowsCompared: number): void;
  countAttack(name: string): void;
  readonly jobs: Readonly<Record<string, number>>;
  readonly attacks: Readonly<Record<string, number>>;
  readonly retries: Readonly<Record<string, number>>;
  readonly records: { readonly sent: number; readonly rowsCompared: number };
}

export function createFigures(): Figures {
  const jobs: Record<string, number> = {};
  const attacks: Record<string, number> = {};
  const retries: Record<string, number> = {};
  const records = { sent: 0, rowsCompared: 0 };
  const count = (into: Record<string, number>, name: string) => {
    into[name] = (into[name] ?? 0) + 1;
  };
  return {
    jobs,
    attacks,
    retries,
    records,
    countJob: ({ kind, state }) => count(jobs, `${kind} ${state}`),
    countRetry: (code) => count(retries, code),
    countAttack: (name) => count(attacks, name),
    countRecords(sent, rowsCompared) {
      records.sent += sent;
      records.rowsCompared += rowsCompared;
    },
  };
}
