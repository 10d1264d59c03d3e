/** What a person wrote → a collection, or everything that is wrong with it at once. */
import { didYouMean } from '../core/did-you-mean.ts';
import { AppError } from '../core/errors.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import { ADDED_COLUMNS } from './added-columns.ts';
import type { Collection, Field, TargetBinding } from './collection.ts';
import { deriveColumns, isLegalColumn } from './columns.ts';
import { jsonKind, ObjectReader, type Problem } from './definition-reader.ts';
import { type ParsedRules, parseFieldRules } from './parse-field-rules.ts';
import { type ParsedProperty, parseFieldSchema } from './parse-field-schema.ts';
import { type ParsedRecordSchema, parseRecordSchema } from './parse-record-schema.ts';
import { parseReferences, withLinkedColumns } from './parse-references.ts';
import { parseSession, parseTarget } from './parse-target.ts';
import { isTooDeep } from './schema/schema-document.ts';
import { MAX_DEFINITION_DEPTH } from './schema/schema-limits.ts';

export { ADDED_COLUMNS };

const KNOWN =
  'name title key keyIndex schema fields target scope references session unknownFields transforms validators'.split(
    ' ',
  );
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const MAX_FIELD_NAME_LENGTH = 200;

/**
 * Parses a collection's definition; docs/collections.md describes its form.
 * @throws AppError `collection.invalid` whose `details.errors` lists every problem as `{path, message}`
 */
export function parseCollection(json: unknown): Collection {
  const problems: Problem[] = [];
  const collection = readShallow(json, problems);
  if (collection !== undefined && problems.length === 0) return collection;
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  throw new AppError('collection.invalid', `The collection is not valid:\n${listed}`, {
    details: { errors: problems },
  });
}

/** What is nested so deeply that recursion could not follow it is refused before anything follows it. */
function readShallow(json: unknown, problems: Problem[]): Collection | undefined {
  if (jsonKind(json) !== 'object') {
    problems.push({ path: '$', message: `expected an object, got ${jsonKind(json)}` });
    return undefined;
  }
  if (isTooDeep(json)) {
    const message = `it is nested deeper than ${MAX_DEFINITION_DEPTH} levels (limit: ${MAX_DEFINITION_DEPTH})`;
    problems.push({ path: '$', message });
    return undefined;
  }
  return read(new ObjectReader(json as object, '$', problems));
}

function read(root: ObjectReader): Collection {
  root.refuseUnknown(KNOWN);
  const key = readNames(root, 'key');
  const schema = root.object('schema');
  if (schema === undefined && !root.has('schema'))
    root.report('schema', 'a JSON Schema with properties is needed');
  const record = schema && parseRecordSchema(schema, root.get('schema'));
  const target = parseTarget(root.object('target'));
  const references = parseReferences(root, record?.properties.names ?? [], target);
  const drafts = record === undefined ? [] : readDrafts(root, record, key);
  const fields = withColumns(withLinkedColumns(drafts, references), target, root);
  checkKey(root, key, drafts, record);
  checkWords(root, fields);
  const scope = readScope(root, fields);
  if (root.has('keyIndex') && target.kind !== 'table')
    root.report('keyIndex', 'only a bound table has indexes of its own');
  return omitUndefined({
    name: readName(root),
    title: root.text('title'),
    fields,
    key,
    keyIndex: root.text('keyIndex'),
    scope,
    references: references.map(({ reference }) => reference),
    target,
    session: parseSession(root.object('session')),
    unknownFields:
      root.oneOf('unknownFields', ['ignore', 'error']) ?? (record?.isClosed ? 'error' : 'ignore'),
    transforms: root.texts('transforms') ?? [],
    validators: root.texts('validators') ?? [],
    recordSchema: record?.recordSchema,
  });
}

function readName(root: ObjectReader): string {
  const name = root.text('name');
  if (name === undefined && !root.has('name')) root.report('name', 'a name is needed');
  if (name !== undefined && !NAME.test(name)) {
    root.report(
      'name',
      `"${name}" cannot be a name: a small letter first, then small letters, digits, _ and -; at most 63`,
    );
  }
  return name ?? '';
}

function readNames(root: ObjectReader, member: string): readonly string[] {
  const names = root.texts(member) ?? [];
  if (new Set(names).size !== names.length) root.report(member, 'a name occurs twice');
  return names;
}

interface Draft extends ParsedProperty, ParsedRules {
  readonly name: string;
}

function readDrafts(root: ObjectReader, record: ParsedRecordSchema, key: readonly string[]): Draft[] {
  const rules = root.object('fields') ?? new ObjectReader({}, '$.fields', root.problems);
  const names = record.properties.names;
  for (const name of rules.names) {
    if (!names.includes(name))
      rules.report(name, `the schema has no property "${name}"${didYouMean(name, names)}`);
  }
  return names.flatMap((name) => {
    checkFieldName(record.properties, name);
    const isRequired = record.required.includes(name) || key.includes(name);
    const written = record.properties.object(name);
    const property = written && parseFieldSchema(name, written, record, isRequired);
    if (property === undefined) return [];
    const own = rules.object(name) ?? new ObjectReader({}, rules.path, root.problems);
    const parsed = parseFieldRules(own, property.type, property.schema.isNullable);
    return [{ name, ...property, ...parsed, title: parsed.title ?? property.title }];
  });
}

function checkFieldName(properties: ObjectReader, name: string): void {
  // A blank cell of a header is a column without a name.
  if (name.trim() === '') properties.report(name, 'a field needs a name, and blanks alone are none');
  if (name.includes('\0') || !name.isWellFormed())
    properties.report(name, 'a name may not contain NUL or half a character');
  if (Array.from(name).length > MAX_FIELD_NAME_LENGTH) {
    properties.report(name, `a name has at most ${MAX_FIELD_NAME_LENGTH} characters`);
  }
  if (ADDED_COLUMNS.includes(name))
    properties.report(name, `"${name}" is a column that files of Waybill's have beside the fields`);
}

/** A managed table's columns are derived; a bound one's are there already, under the field's name if nothing is said. */
function withColumns(drafts: readonly Draft[], target: TargetBinding, root: ObjectReader): Field[] {
  const wanted = drafts.map((draft) => draft.column ?? draft.name);
  const columns = target.kind === 'managed' ? deriveColumns(wanted) : wanted;
  return drafts.map(({ name, title, aliases, type, schema, rules, column: written }, index) => {
    const column = columns[index] ?? name;
    const isTaken =
      wanted.indexOf(written ?? name) !== index && (written !== undefined || target.kind !== 'managed');
    if (isTaken) root.report('fields', `"${name}" has the same column as another field: "${wanted[index]}"`);
    else if (!isLegalColumn(column))
      root.report('fields', `"${name}" is no possible column name; set its "column"`);
    return omitUndefined({ name, title, aliases, type, schema, rules, column });
  });
}

function checkKey(
  root: ObjectReader,
  key: readonly string[],
  drafts: readonly Draft[],
  record: ParsedRecordSchema | undefined,
): void {
  const names = record?.properties.names ?? [];
  key.forEach((name) => {
    const draft = drafts.find((draft) => draft.name === name);
    if (!names.includes(name)) root.report('key', `there is no field "${name}"${didYouMean(name, names)}`);
    else if (draft?.namesNull) root.report('key', `"${name}" is part of the key, so it cannot be null`);
    else if (draft?.type === 'json') root.report('key', `"${name}" is nested JSON, which cannot be a key`);
  });
}

/** A header must lead to one field. */
function checkWords(root: ObjectReader, fields: readonly Field[]): void {
  const owners = new Map(fields.map((field) => [field.name, field.name]));
  for (const { name, aliases } of fields) {
    for (const alias of aliases) {
      const owner = owners.get(alias);
      if (owner !== undefined)
        root.report('fields', `the alias "${alias}" of "${name}" leads to "${owner}" already`);
      owners.set(alias, name);
    }
  }
}

function readScope(root: ObjectReader, fields: readonly Field[]): readonly string[] {
  const scope = readNames(root, 'scope');
  for (const column of scope) {
    if (!isLegalColumn(column)) root.report('scope', `"${column}" is no possible column name`);
    const field = fields.find((field) => field.column === column);
    if (field)
      root.report(
        'scope',
        `"${column}" is set by the job's scope, so "${field.name}" cannot be a field as well`,
      );
  }
  return scope;
}
