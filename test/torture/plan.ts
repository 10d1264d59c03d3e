/** What a lane does next, drawn from its seed alone. */
import type { ImportWish } from './foretell.ts';
import type { Random } from './random.ts';
import type { RecordsWanted } from './records.ts';
import type { SourceShape } from './render-source.ts';

export interface ImportPlan {
  readonly kind: 'import' | 'validation';
  readonly wanted: RecordsWanted;
  readonly shape: SourceShape;
  readonly wish: ImportWish;
}

export type Plan = ImportPlan;

export interface PlanLimits {
  readonly minRecords: number;
  readonly maxRecords: number;
}

/** The first step fills the table. */
export function planStep(random: Random, limits: PlanLimits, number: number): Plan {
  const mode = number === 1 ? 'insert' : random.weighted({ upsert: 4, insert: 2, update: 2, delete: 1 });
  const format = random.weighted({ csv: 5, jsonl: 3, json: 1 });
  const records = random.magnitude(limits.minRecords, limits.maxRecords);
  return {
    kind: 'import',
    wanted: {
      records,
      keys: Math.ceil(limits.maxRecords * 1.5),
      badShare: random.pick([0, 0.002, 0.02]),
      duplicateShare: random.pick([0, 0.01, 0.05]),
      absentShare: format === 'csv' ? 0 : random.pick([0, 0.1]),
      isKeyOnly: mode === 'delete',
    },
    shape: { format, compression: random.weighted({ none: 4, gzip: 2, zstd: 1 }) },
    wish: { mode, duplicates: random.pick(['error', 'first', 'last'] as const) },
  };
}
