/** Proposes a collection from a sample of records, and says why it proposes that. */
import { AppError } from '../core/errors.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { SourceValue } from '../core/source-value.ts';
import { ADDED_COLUMNS } from './added-columns.ts';
import { chooseKey } from './infer/choose-key.ts';
import { chooseType, type TypeChoice } from './infer/choose-type.ts';
import { createFieldTally, type FieldTally, tally } from './infer/field-tally.ts';

export const DEFAULT_SAMPLE_RECORDS = 10_000;

export interface InferOptions {
  /** Name of the collection; `proposeName` makes one of a file name. */
  readonly name: string;
  /** The reader's list of names, which may grow while records are taken. */
  readonly sourceFields: readonly string[];
  /** Names that make no field. */
  readonly leftOut?: readonly string[];
  /** Values by position in `sourceFields`. Only as many as needed are taken. */
  readonly records: Iterable<readonly SourceValue[]>;
  /** Default 10,000. */
  readonly maxRecords?: number;
  /** True for JSON formats, where `"12"` is text and 12 a number. Default false. */
  readonly isJsonSource?: boolean;
}

export interface FieldEvidence {
  readonly field: string;
  readonly type: string;
  /** Goes behind "because". */
  readonly reason: string;
  /** Sampled records with a value; with null or an empty text. */
  readonly values: number;
  readonly nulls: number;
  readonly distinct: number;
  readonly examples: readonly string[];
  /** Of numbers, as decimal text. */
  readonly minimum?: string;
  readonly maximum?: string;
}

export interface Inference {
  /** In the form that `parseCollection` reads and a person can edit. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly evidence: readonly FieldEvidence[];
  /** A sentence. */
  readonly keyReason: string;
  readonly sampledRecords: number;
}

/** @throws AppError `collection.cannot_infer` when the sample has no record or no field, or names a field twice */
export function inferCollection(options: InferOptions): Inference {
  const { tallies, sampled } = takeSample(options);
  const named = nameFields(tallies, options.leftOut ?? []);
  if (sampled === 0 || named.length === 0) {
    const what = sampled === 0 ? 'record' : 'field';
    throw new AppError(
      'collection.cannot_infer',
      `Nothing can be inferred, because the source has no ${what}. Write a definition instead.`,
    );
  }
  const fields = named.map((field) => ({
    ...field,
    choice: chooseType(field.tally, options.isJsonSource ?? false),
  }));
  const candidates = fields.map(({ name, tally, choice }) => ({ name, tally, type: choice.type }));
  const { key, reason: keyReason } = chooseKey(candidates, sampled);
  return {
    definition: renderDefinition(options.name, fields, key),
    evidence: fields.map(({ name, tally, choice }) => toEvidence(name, tally, choice)),
    keyReason,
    sampledRecords: sampled,
  };
}

/** `zip_code: text, because 00501 has a leading zero` */
export function describeEvidence({ field, type, reason }: FieldEvidence): string {
  return `${field}: ${type}, because ${reason}`;
}

/** A legal collection name from a file's: `Zip Codes (2024).csv.gz` becomes `zip_codes_2024`. */
export function proposeName(fileName: string): string {
  const base = fileName
    .replace(/^.*[/\\]/, '')
    .replace(/(?:\.(?:csv|tsv|txt|jsonl|ndjson|json|gz|zst|zstd))+$/i, '');
  const words = base.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const name = words
    .replaceAll(/[^a-z0-9_-]+/g, '_')
    .replaceAll(/^[^a-z]+|[_-]+$/g, '')
    .slice(0, 63);
  return name === '' ? 'records' : name;
}

function takeSample(options: InferOptions): { tallies: FieldTally[]; sampled: number } {
  const { sourceFields, records, maxRecords = DEFAULT_SAMPLE_RECORDS } = options;
  const tallies = sourceFields.map(createFieldTally);
  let sampled = 0;
  for (const values of records) {
    if (sampled === maxRecords) break;
    sampled++;
    for (let position = tallies.length; position < sourceFields.length; position++) {
      tallies.push(createFieldTally(sourceFields[position] ?? ''));
    }
    tallies.forEach((field, position) => tally(field, values[position]));
  }
  return { tallies, sampled };
}

interface NamedField {
  readonly name: string;
  readonly tally: FieldTally;
}

/** A header cell may be empty, or too long to be a name: such a field gets a name, and its header as an alias. */
function nameFields(tallies: readonly FieldTally[], leftOut: readonly string[]): NamedField[] {
  const seen = new Set<string>();
  return tallies.flatMap((field, position) => {
    if (ADDED_COLUMNS.includes(field.name) || leftOut.includes(field.name)) return [];
    if (seen.has(field.name)) {
      throw new AppError(
        'collection.cannot_infer',
        `The source has two fields called "${field.name}". Rename one, or write a definition.`,
      );
    }
    seen.add(field.name);
    const isName = field.name !== '' && Array.from(field.name).length <= 200 && field.name.isWellFormed();
    return [
      { name: isName && !field.name.includes('\0') ? field.name : `field_${position + 1}`, tally: field },
    ];
  });
}

function renderDefinition(
  name: string,
  fields: readonly (NamedField & { choice: TypeChoice })[],
  key: readonly string[],
): Record<string, unknown> {
  const rules = fields.flatMap(({ name, tally, choice }): [string, object][] => {
    const aliases = tally.name === name ? undefined : [tally.name];
    const rule = omitUndefined({ aliases, datePatterns: choice.datePatterns });
    return Object.keys(rule).length > 0 ? [[name, rule]] : [];
  });
  return omitUndefined({
    name,
    key: key.length > 0 ? key : undefined,
    schema: omitUndefined({
      type: 'object',
      properties: Object.fromEntries(fields.map(({ name, choice }) => [name, choice.property])),
      required: key.length > 0 ? key : undefined,
    }),
    fields: rules.length > 0 ? Object.fromEntries(rules) : undefined,
  });
}

function toEvidence(field: string, tally: FieldTally, { type, reason }: TypeChoice): FieldEvidence {
  const isNumber = type === 'integer' || type === 'number';
  return omitUndefined({
    field,
    type,
    reason,
    values: tally.values,
    nulls: tally.nulls,
    distinct: tally.distinct.size,
    examples: tally.examples,
    minimum: isNumber ? tally.minimum : undefined,
    maximum: isNumber ? tally.maximum : undefined,
  });
}
