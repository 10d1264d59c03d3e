/** What a campaign has found. */

export type FaultKind =
  /** A request that was not answered within its deadline. */
  | 'hung'
  /** An answer that is none of the documented ones, or a refusal that nothing excuses. */
  | 'answer'
  /** A percentage, a count or a state that went back, or passes its bound. */
  | 'went back'
  /** A job that does not come to its end. */
  | 'stuck'
  /** A job that ended otherwise than it had to. */
  | 'end'
  /** Counts that are not those of the records. */
  | 'counts'
  /** A row that is lost, doubled or wrong. */
  | 'rows'
  | 'issues'
  | 'failed rows'
  | 'export'
  /** A server that does not start, stop, or come back. */
  | 'server'
  /** The campaign itself broke. */
  | 'campaign';

export interface Fault {
  readonly kind: FaultKind;
  /** Seconds since the campaign began. */
  readonly second: number;
  /** Round, lane, step and job, as far as known. */
  readonly where: string;
  /** Attacks shortly before. */
  readonly amid?: readonly string[];
  readonly what: string;
}

export interface Faults {
  readonly list: readonly Fault[];
  report(kind: FaultKind, where: string, what: string): void;
}

export function createFaults(
  tell: (fault: Fault) => void,
  recentAttacks: () => readonly string[] = () => [],
): Faults {
  const startedAt = performance.now();
  const list: Fault[] = [];
  return {
    list,
    report(kind, where, what) {
      const second = Math.round((performance.now() - startedAt) / 1000);
      const fault = { kind, second, where, what, amid: recentAttacks() };
      list.push(fault);
      tell(fault);
    },
  };
}
