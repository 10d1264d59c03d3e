/** Applies a mapping: from the values by position in the source to the values by position in the collection's fields. */
import type { SourceValue } from '../core/source-value.ts';
import { addedColumnsOf } from './added-columns.ts';
import type { Collection } from './collection.ts';
import { type Refusal, refusal } from './judge/value-reader.ts';
import type { OnIssue } from './judge.ts';
import type { MappedField, Mapping } from './mapping.ts';

export interface ShapeOptions {
  readonly collection: Collection;
  readonly mapping: Mapping;
  /** The reader's list of names; it may grow while records are read, and is looked at again whenever it has. */
  readonly sourceFields: readonly string[];
}

export interface Shaper {
  /** Names of the collection's fields, by position of the shaped values: what `createJudge` needs. */
  readonly fields: readonly string[];
  /** Fills `out`, which is as long as `fields` afterwards. @returns false where a value had no place in a value map */
  readonly record: (values: readonly SourceValue[], out: SourceValue[], onIssue: OnIssue) => boolean;
  /** Names seen so far that lead nowhere and are not ignored on purpose. */
  readonly unknownFields: () => readonly string[];
}

const NOT_MAPPED = refusal('field.value_not_mapped');

export function createShaper({ collection, mapping, sourceFields }: ShapeOptions): Shaper {
  const steps = mapping.fields.map(createStep);
  const sensitive = new Set(
    collection.fields.filter((field) => field.rules.sensitive).map((field) => field.name),
  );
  const isSensitive = mapping.fields.map((mapped) => sensitive.has(mapped.field));
  let positions = mapping.fields.map(() => -1);
  let unknown: readonly { name: string; position: number; isNameless: boolean }[] = [];
  let knownFields = -1;

  function lookUp(): void {
    knownFields = sourceFields.length;
    positions = mapping.fields.map(({ source }) =>
      source === undefined ? -1 : sourceFields.indexOf(source),
    );
    const leftOut = new Set([
      ...addedColumnsOf(sourceFields),
      ...mapping.ignore,
      ...mapping.fields.map((mapped) => mapped.source),
    ]);
    const nameless = new Set(mapping.nameless);
    const named = sourceFields.map((name, position) => ({
      name,
      position,
      isNameless: nameless.has(name),
    }));
    unknown = named.filter(({ name }) => !leftOut.has(name));
  }

  function record(values: readonly SourceValue[], out: SourceValue[], onIssue: OnIssue): boolean {
    if (sourceFields.length !== knownFields) lookUp();
    let isShaped = true;
    out.length = steps.length;
    for (let index = 0; index < steps.length; index++) {
      const value = values[positions[index] ?? -1];
      const step = steps[index];
      const shaped = step === undefined ? value : step(value);
      if (shaped === NOT_MAPPED) {
        isShaped = false;
        out[index] = undefined;
        onIssue(
          index,
          NOT_MAPPED.code,
          NOT_MAPPED.params,
          isSensitive[index] ? undefined : textOf(value),
          'error',
        );
      } else {
        out[index] = shaped as SourceValue;
      }
    }
    return (collection.unknownFields === 'ignore' || refuseUnknown(values, onIssue)) && isShaped;
  }

  function refuseUnknown(values: readonly SourceValue[], onIssue: OnIssue): boolean {
    const present = unknown.filter(({ position, isNameless }) => {
      const value = values[position];
      return value !== undefined && !(isNameless && (value === null || value === ''));
    });
    for (const { name } of present) onIssue(-1, 'field.unknown', {}, undefined, 'error', name);
    return present.length === 0;
  }

  function unknownFields(): readonly string[] {
    if (sourceFields.length !== knownFields) lookUp();
    return unknown.map(({ name }) => name);
  }

  return { fields: mapping.fields.map((mapped) => mapped.field), record, unknownFields };
}

type Step = (value: SourceValue) => SourceValue | Refusal;

/** undefined where the value goes as it is, which is the usual case. */
function createStep(mapped: MappedField): Step | undefined {
  const { constant, default: fallback, trim, valueMap, otherwise = 'error' } = mapped;
  if (constant !== undefined) return () => constant;
  if (fallback === undefined && !trim && valueMap === undefined) return undefined;
  const replacements = valueMap && new Map(Object.entries(valueMap));
  return (value) => {
    if (value === undefined || value === null) return fallback ?? value;
    const trimmed = trim && typeof value === 'string' ? value.trim() : value;
    if (replacements === undefined) return trimmed;
    const replaced = replacements.get(textOf(trimmed) ?? '');
    if (replaced !== undefined) return replaced;
    return otherwise === 'keep' ? trimmed : NOT_MAPPED;
  };
}

function textOf(value: SourceValue): string | undefined {
  return typeof value === 'string' ? value : value?.text;
}
