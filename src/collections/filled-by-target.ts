/**
 * Columns that the target fills itself: generated ones, and identities that take no value of anybody's. An own export has them, so a source
 * may bring them. Whoever names one in a mapping means to write it, and is refused; one that only its name matched is left out, and told.
 */
import type { FilledBy, ImportMode } from '../core/job.ts';
import type { Collection, ColumnFacts, Field } from './collection.ts';
import type { FieldMatch } from './field-match.ts';
import type { FilledField } from './mapping.ts';

/** Why nobody can write this field's column; undefined where anybody can. */
export function filledBy({ column }: Field, facts: readonly ColumnFacts[]): FilledBy | undefined {
  const found = facts.find((fact) => fact.column === column);
  if (found?.isGenerated === true) return 'generated';
  return found?.isIdentityAlways === true ? 'identity' : undefined;
}

/**
 * What becomes of each record. Where the target fills the key itself, records are found by it and none can be created with it, so what
 * would be upserted or replaced is updated.
 */
export function recordModeOf(
  mode: ImportMode,
  collection: Collection,
  facts: readonly ColumnFacts[],
): ImportMode {
  if (mode !== 'upsert' && mode !== 'replace') return mode;
  const isFilled = collection.fields.some(
    (field) => collection.key.includes(field.name) && filledBy(field, facts) !== undefined,
  );
  return isFilled ? 'update' : mode;
}

/**
 * Parts what was matched by name into what is written and what only the target fills. The key's fields are looked up, so they stay; and so
 * does everything where nothing else would be left, so that somebody is told.
 */
export function leaveOutFilled(
  matches: readonly FieldMatch[],
  { key, fields }: Collection,
  facts: readonly ColumnFacts[],
): { readonly matches: readonly FieldMatch[]; readonly filled: readonly FilledField[] } {
  const reasons = new Map<Field, FilledBy>();
  for (const field of fields) {
    const because = key.includes(field.name) ? undefined : filledBy(field, facts);
    if (because !== undefined) reasons.set(field, because);
  }
  const names = new Set([...reasons.keys()].map(({ name }) => name));
  const kept = matches.filter(({ field }) => !names.has(field));
  if (kept.length === 0 || reasons.size === 0) return { matches, filled: [] };
  const used = new Set(kept.map(({ source }) => source));
  const filled = [...reasons].flatMap(([field, because]) => {
    const { source } = matches.find((match) => match.field === field.name) ?? {};
    // In JSON it may come later, under any of its names.
    const sources = new Set([source, field.name, ...field.aliases, field.title]);
    return [...sources].flatMap((one) =>
      one === undefined || used.has(one) ? [] : [{ source: one, because }],
    );
  });
  return { matches: kept, filled };
}
