/** What a campaign has done, in figures. */
import type { Verb } from './plan.ts';
import type { SeenJob } from './watch.ts';

type Tally = Readonly<Record<string, number>>;

export interface Figures {
  countJob(job: SeenJob): void;
  countRetry(code: string): void;
  countRecords(sent: number): void;
  countRows(compared: number): void;
  /** @param hits processes or sessions */
  countAttack(name: string, hits: number): void;
  /** It begins. */
  noteAttack(name: string): void;
  /** The last ones, the newest first. */
  recentAttacks(): readonly string[];
  countVerb(verb: Verb): void;
  countAnswer(): void;
  /** By kind and end. */
  readonly jobs: Tally;
  readonly attacks: Tally;
  readonly verbs: Tally;
  /** Failures that attacks have caused, and that a retry has mended, by code. */
  readonly retries: Tally;
  readonly sums: { readonly recordsSent: number; readonly rowsCompared: number; readonly answers: number };
}

const RECENT = 5;

export function createFigures(): Figures {
  const jobs: Record<string, number> = {};
  const attacks: Record<string, number> = {};
  const verbs: Record<string, number> = {};
  const retries: Record<string, number> = {};
  let recent: readonly { readonly name: string; readonly at: number }[] = [];
  const sums = { recordsSent: 0, rowsCompared: 0, answers: 0 };
  const count = (into: Record<string, number>, name: string, amount = 1) => {
    if (amount > 0) into[name] = (into[name] ?? 0) + amount;
  };
  return {
    jobs,
    attacks,
    verbs,
    retries,
    sums,
    countJob: ({ kind, state, failure }) =>
      count(jobs, [kind, state, failure?.code].filter(Boolean).join(' ')),
    countRetry: (code) => count(retries, code),
    countAttack: (name, hits) => count(attacks, name, hits),
    noteAttack: (name) => {
      recent = [{ name, at: performance.now() }, ...recent.slice(0, RECENT - 1)];
    },
    recentAttacks: () =>
      recent.map(({ name, at }) => `${name}, ${((performance.now() - at) / 1000).toFixed(1)} s ago`),
    countVerb: (verb) => count(verbs, verb),
    countAnswer: () => (sums.answers += 1),
    countRecords: (sent) => (sums.recordsSent += sent),
    countRows: (compared) => (sums.rowsCompared += compared),
  };
}
