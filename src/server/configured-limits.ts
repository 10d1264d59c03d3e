import { type Config, listSettings } from '../config.ts';
import type { ReadLimits } from '../formats/format.ts';
import type { DecompressionLimits } from '../formats/source/decompression-limits.ts';
import type { ConfiguredLimit } from '../http/dependencies.ts';
import type { LaneLimits } from '../store/jobs/lane.ts';

/**
 * Every limit and retention time that is set, under the name of its setting with the unit: `recordBytes`, `uploadsKeptSeconds`.
 * The values are those of the same `config` that the parts of the server are given.
 */
export function configuredLimits(config: Config): Readonly<Record<string, ConfiguredLimit>> {
  return Object.fromEntries(
    listSettings().flatMap(({ key, setting }) => {
      const [group = '', name = ''] = key.split('.');
      const described = { description: setting.doc, setting: key };
      if (group === 'limits') {
        const value = config.limits[name as keyof Config['limits']];
        return [[name, { value, ...described }]];
      }
      if (group === 'retention') {
        const value = config.retention[name as keyof Config['retention']] / 1000;
        return [[`${name}KeptSeconds`, { value, ...described }]];
      }
      return [];
    }),
  );
}

/** What the lane takes, for whoever sends hints; nothing where no server has one. */
export function laneOption({ lane }: Config): { lane?: LaneLimits } {
  return lane.workers > 0 ? { lane } : {};
}

/** What may come of a compressed source, for whoever decompresses it. */
export function decompressionLimits({ limits }: Config): DecompressionLimits {
  return {
    maxBytes: limits.decompressedBytes,
    maxRatio: limits.decompressionRatio,
    allowanceBytes: limits.decompressionAllowanceBytes,
    maxSeconds: limits.decompressionSeconds,
  };
}

/** Limits of one record, for whoever reads sources. */
export function readLimits({ limits }: Config): ReadLimits {
  return { maxRecordBytes: limits.recordBytes, maxFields: limits.recordFields, maxDepth: limits.depth };
}
