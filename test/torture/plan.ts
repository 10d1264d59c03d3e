/** What a lane does next, drawn from its seed alone. */
import type { ImportWish } from './foretell.ts';
import type { Random } from './random.ts';
import type { RecordsWanted } from './records.ts';
import type { SourceShape } from './render-source.ts';

export type Verb = 'pause' | 'resume' | 'cancel' | 'retry';

/** What clients ask of a job while it runs. */
export interface Storm {
  readonly verbs: readonly { readonly verb: Verb; readonly afterMs: number; readonly clients: number }[];
}

export interface ImportPlan {
  readonly kind: 'import' | 'validation';
  /** One for each part. */
  readonly wanted: readonly RecordsWanted[];
  readonly shape: SourceShape;
  readonly wish: ImportWish;
  readonly storm: Storm;
  /** Repair what was refused, and send it again. */
  readonly isCorrected: boolean;
}

export interface ExportPlan {
  readonly kind: 'export';
  readonly format: 'csv' | 'jsonl' | 'json';
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly splitRecords?: number;
  readonly storm: Storm;
}

/** An export of a table in which somebody moves amounts about: their sum is the same at every instant. */
export interface BankPlan extends Omit<ExportPlan, 'kind'> {
  readonly kind: 'bank';
}

export type Plan = ImportPlan | ExportPlan | BankPlan;

export interface PlanLimits {
  readonly minRecords: number;
  readonly maxRecords: number;
}

const CALM: Storm = { verbs: [] };

/** The first step fills the table. @param parts collections that the lane has */
export function planStep(random: Random, limits: PlanLimits, number: number, parts: number): Plan {
  const kind =
    number === 1
      ? 'import'
      : random.weighted({ import: 8, validation: 1, export: 2, bank: parts > 1 ? 1 : 0.5 });
  const storm = number === 1 || random.chance(0.6) ? CALM : planStorm(random);
  if (kind === 'export' || kind === 'bank') return { kind, ...planResult(random, limits), storm };
  return planImport(random, limits, number, { kind, parts, storm });
}

function planImport(
  random: Random,
  limits: PlanLimits,
  number: number,
  { kind, parts, storm }: { kind: ImportPlan['kind']; parts: number; storm: Storm },
): ImportPlan {
  const mode = modeOf(random, kind, number);
  const format = random.weighted({ csv: 5, jsonl: 3, json: 1 });
  const badShare = random.pick([0, 0, 0.002, 0.02]);
  const duplicateShare = random.pick([0, 0, 0.01, 0.05]);
  const atomicity = number > 1 && kind === 'import' && random.chance(0.15) ? 'all' : 'chunk';
  const maxErrors = random.chance(0.1) && kind === 'import' ? random.magnitude(1, 200) : undefined;
  const wanted = {
    keys: Math.ceil(limits.maxRecords * 1.5),
    badShare,
    duplicateShare,
    absentShare: format === 'csv' ? 0 : random.pick([0, 0.1]),
    isKeyOnly: mode === 'delete',
  };
  const count = parts > 1 && random.chance(0.5) ? parts : 1;
  return {
    kind,
    wanted: Array.from({ length: count }, () => ({
      ...wanted,
      records: random.magnitude(limits.minRecords, limits.maxRecords),
    })),
    shape: { format, compression: random.weighted({ none: 4, gzip: 2, zstd: 1 }) },
    wish: {
      mode,
      atomicity,
      duplicates: random.pick(['error', 'first', 'last'] as const),
      replaceDespiteErrors: random.chance(0.6),
      // Sums over parts, so only where there is one.
      ...(maxErrors !== undefined &&
        count === 1 &&
        atomicity === 'chunk' &&
        mode !== 'replace' && { maxErrors }),
    },
    storm,
    isCorrected: random.chance(0.5),
  };
}

function modeOf(random: Random, kind: ImportPlan['kind'], number: number): ImportWish['mode'] {
  if (number === 1) return 'insert';
  const weights = { upsert: 4, insert: 2, update: 2, delete: 1 };
  return random.weighted(kind === 'validation' ? { ...weights, replace: 0 } : { ...weights, replace: 1.5 });
}

function planResult(random: Random, limits: PlanLimits): Omit<ExportPlan, 'kind' | 'storm'> {
  return {
    format: random.weighted({ csv: 3, jsonl: 2, json: 1 }),
    compression: random.weighted({ none: 3, gzip: 1, zstd: 1 }),
    ...(random.chance(0.3) && { splitRecords: random.magnitude(50, limits.maxRecords) }),
  };
}

function planStorm(random: Random): Storm {
  const verbs = Array.from({ length: random.int(1, 8) }, () => ({
    verb: random.weighted<Verb>({ pause: 5, resume: 5, cancel: 0.7, retry: 0.5 }),
    afterMs: random.magnitude(1, 1500),
    clients: random.pick([1, 1, 2, 3]),
  }));
  return { verbs };
}
