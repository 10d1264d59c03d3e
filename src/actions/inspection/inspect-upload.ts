import { recordModeOf } from '../../collections/filled-by-target.ts';
import {
  DEFAULT_SAMPLE_RECORDS,
  type Inference,
  inferCollection,
  proposeName,
} from '../../collections/infer-collection.ts';
import { matchFields } from '../../collections/match-fields.ts';
import { parseCollection } from '../../collections/parse-collection.ts';
import { createRecognition, recogniseNames } from '../../collections/recognition.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { explainErrors } from '../../core/explain-errors.ts';
import { describeIssue } from '../../core/issue.ts';
import type { SourceValue } from '../../core/source-value.ts';
import { isTable, type RecordProblem, type SourceDialect, type SourceRecord } from '../../formats/format.ts';
import { type SniffOverrides, sniffSource } from '../../formats/sniff/sniff-source.ts';
import { getUpload, type Upload } from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { type RequestedDialect, renderDialect } from '../start-job/requested-dialect.ts';
import { readSample, type Sample } from './read-sample.ts';

export interface InspectionRequest {
  readonly dialect?: RequestedDialect;
  /** An existing collection, to suggest a mapping for. */
  readonly collection?: string;
  /** Without `collection`: the name of the one that is inferred. Default: from the file's name. */
  readonly name?: string;
  /** Key of the one that is inferred. Default: what is unique in the sample and called like a key. */
  readonly key?: readonly string[];
}

const SHOWN_RECORDS = 10;
/** Of one value. */
const SHOWN_LENGTH = 1000;

/**
 * What an upload is, how it would be read, and what could be made of it. Reads only its beginning.
 *
 * @throws AppError `source.*`, `format.*`, `collection.cannot_infer`, `collection.invalid`, `collection.not_found`
 */
export async function inspectUpload(
  caller: Caller,
  deps: ActionDependencies,
  id: string,
  request: InspectionRequest,
): Promise<object> {
  authorize(caller, 'uploads.inspect', {
    upload: id,
    ...(request.collection !== undefined && { collections: [request.collection] }),
  });
  const upload = await getUpload(deps.pool, id);
  const path = deps.files.path(upload.storageKey);
  const known =
    request.collection === undefined ? undefined : await loadCollection(deps.pool, request.collection);
  const overrides = renderDialect(request.dialect) as SniffOverrides | undefined;
  const { readLimits, decompression } = deps.settings;
  const { dialect, evidence, guesses, sheets } = await sniffSource(path, overrides, {
    decompression,
    ...(known && { recognise: createRecognition(known.collection) }),
    ...(known === undefined && request.key && { recognise: recogniseNames(request.key) }),
  });
  const sample = await readSample(path, dialect, DEFAULT_SAMPLE_RECORDS, readLimits, decompression);
  const found = {
    dialect: renderFound(dialect),
    evidence,
    guesses,
    ...(sheets && { sheets }),
    fields: sample.fields,
    sample: sample.records
      .slice(0, SHOWN_RECORDS)
      .map((record) => renderRecord(sample.fields, record.values)),
  };
  const isJsonSource = !isTable(dialect);
  if (known === undefined) {
    try {
      return { ...found, inferred: renderInference(infer(upload, isJsonSource, sample, request)) };
    } catch (error) {
      throw isAppError(error) ? explainErrors([error], guesses) : error;
    }
  }
  const facts = await deps.targets.facts(known.collection);
  const { matches, mapping, unknownFields, ignoredFields, errors } = matchFields({
    collection: known.collection,
    sourceFields: sample.fields,
    headerCells: sample.headerCells,
    isComplete: !isJsonSource,
    mode: recordModeOf('upsert', known.collection, facts),
    facts,
  });
  const inferred = isInferable(sample) ? infer(upload, isJsonSource, sample, request) : undefined;
  return {
    ...found,
    ...(inferred !== undefined && { inferred: renderInference(inferred) }),
    mapping: {
      fields: matches,
      unknownFields,
      ignored: ignoredFields,
      problems: errors.map((error) => error.message),
      suggestion: { fields: mapping.fields, ignore: [...mapping.ignore, ...unknownFields] },
    },
  };
}

/** What a reader remembers of the header is none of its options. */
function renderFound(dialect: SourceDialect): object {
  if (dialect.format !== 'csv') return dialect;
  const { headerLine: _, ...shown } = dialect;
  return shown;
}

/** Beside a collection that exists, what a file would be by itself is an extra: one that tells nothing is no failure. */
function isInferable({ fields, records }: Sample): boolean {
  return new Set(fields).size === fields.length && records.some((record) => record.problems === undefined);
}

function infer(upload: Upload, isJsonSource: boolean, sample: Sample, request: InspectionRequest): Inference {
  const [first] = sample.records;
  const isUnreadable = sample.records.every((record) => record.problems !== undefined);
  if (first?.problems?.[0] !== undefined && isUnreadable) throw noneReadable(first, first.problems[0]);
  const inference = inferCollection({
    name: request.name ?? proposeName(upload.fileName ?? ''),
    sourceFields: sample.fields,
    leftOut: emptyColumns(sample),
    // A record that cannot be read says nothing about its fields.
    records: sample.records.filter((record) => record.problems === undefined).map((record) => record.values),
    isJsonSource,
  });
  return request.key === undefined ? inference : withKey(inference, request.key);
}

/** Columns without a name and without a value in the sample, as spreadsheets leave behind: they are none. */
function emptyColumns({ fields, headerCells, records }: Sample): readonly string[] {
  return fields.filter((_, i) => {
    const isNameless = headerCells?.[i]?.trim() === '';
    return isNameless && records.every(({ values }) => (values[i] ?? '') === '');
  });
}

/** What keeps the first record from being read keeps all of them, most likely. */
function noneReadable({ line }: SourceRecord, problem: RecordProblem): AppError {
  return new AppError(
    'collection.cannot_infer',
    `Nothing can be inferred, because no record of the sample can be read. On line ${line}, ${describeIssue(problem)}.`,
  );
}

/** @throws AppError `collection.invalid` when the key names no field */
function withKey(inference: Inference, key: readonly string[]): Inference {
  const schema = inference.definition['schema'] as Record<string, unknown>;
  const definition = { ...inference.definition, key, schema: { ...schema, required: key } };
  parseCollection(definition);
  return { ...inference, definition, keyReason: `The key is ${key.join(', ')}, as asked.` };
}

function renderInference({ definition, evidence, keyReason, sampledRecords }: Inference): object {
  return {
    definition,
    fields: evidence.map(({ field, ...facts }) => ({ name: field, ...facts })),
    keyReason,
    sampledRecords,
  };
}

/** Values as texts, as the source has them; long ones are cut, since ten records may have 160 MB. */
function renderRecord(fields: readonly string[], values: readonly SourceValue[]): object {
  return Object.fromEntries(
    fields.flatMap((field, position) => {
      const value = values[position];
      if (value === undefined) return [];
      const text = typeof value === 'object' && value !== null ? value.text : value;
      return [
        [field, text !== null && text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text],
      ];
    }),
  );
}
