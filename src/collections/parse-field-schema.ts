/** One property of a collection's JSON Schema 2020-12 → the type and the allowed values of a field. */
import { didYouMean } from '../core/did-you-mean.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { FieldSchema, FieldType, NestedSchema } from './collection.ts';
import { jsonKind, ObjectReader } from './definition-reader.ts';
import type { ParsedRecordSchema } from './parse-record-schema.ts';
import { ANNOTATIONS, parseScalar } from './parse-scalar-schema.ts';
import { reportSchemaProblems } from './report-schema-problems.ts';

export interface ParsedProperty {
  readonly type: FieldType;
  readonly schema: FieldSchema;
  readonly title: string | undefined;
  /** The schema itself names `null` as a type. */
  readonly namesNull: boolean;
}

const JSON_TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'];
const MAX_REFERENCES = 20;

/** Reports what is wrong to the property's problems; undefined where that leaves no field. */
export function parseFieldSchema(
  name: string,
  written: ObjectReader,
  { definitions, document, patterns }: ParsedRecordSchema,
  isRequired: boolean,
): ParsedProperty | undefined {
  const property = followReferences(written, definitions);
  if (property === undefined) return undefined;
  const types = readTypes(property);
  if (types === undefined) return undefined;
  const namesNull = types.includes('null');
  const isNullable = namesNull || !isRequired;
  const title = property.text('title');
  const values = types.filter((type) => type !== 'null');
  if (values.some((type) => type === 'object' || type === 'array')) {
    const nested = parseNested(property, values, { document, tokens: ['properties', name] });
    return { type: 'json', schema: omitUndefined({ isRequired, isNullable, nested }), title, namesNull };
  }
  const [type] = values;
  if (type === undefined || values.length > 1) {
    property.report(
      'type',
      'a field has one type, and null beside it; several types need object or array among them',
    );
    return undefined;
  }
  const parsed = parseScalar(property, type, patterns);
  return {
    type: parsed.type,
    schema: omitUndefined({ isRequired, isNullable, ...parsed.schema }),
    title,
    namesNull,
  };
}

/** `$ref` to `#/$defs/NAME`; what stands beside it wins. */
function followReferences(
  written: ObjectReader,
  definitions: ReadonlyMap<string, unknown>,
): ObjectReader | undefined {
  let members = new Map(written.names.map((name) => [name, written.get(name)]));
  for (let count = 0; members.has('$ref'); count++) {
    const ref = members.get('$ref');
    const name =
      typeof ref === 'string' && ref.startsWith('#/$defs/') ? unescapePointer(ref.slice(8)) : undefined;
    const target = name === undefined ? undefined : definitions.get(name);
    if (target === undefined || jsonKind(target) !== 'object' || count === MAX_REFERENCES) {
      const hint = didYouMean(name ?? '', definitions.keys());
      written.report('$ref', `${JSON.stringify(ref)} refers to nothing; expected "#/$defs/NAME"${hint}`);
      return undefined;
    }
    members.delete('$ref');
    members = new Map([...Object.entries(target as object), ...members]);
  }
  return new ObjectReader(Object.fromEntries(members), written.path, written.problems);
}

function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function readTypes(property: ObjectReader): readonly string[] | undefined {
  const written = property.get('type') ?? impliedType(property);
  const types: unknown[] = Array.isArray(written) ? written : [written];
  if (written === undefined || types.length === 0) {
    property.report('type', `a type is needed, one of ${JSON_TYPES.join(', ')}`);
    return undefined;
  }
  const wrong = types.filter((type) => !JSON_TYPES.includes(type as string));
  for (const type of wrong) {
    const hint = typeof type === 'string' ? didYouMean(type, JSON_TYPES) : '';
    property.report(
      'type',
      `the type ${JSON.stringify(type)} is not known; expected ${JSON_TYPES.join(', ')}${hint}`,
    );
  }
  return wrong.length === 0 ? (types as string[]) : undefined;
}

/** A list of texts says that it is about text. */
function impliedType(property: ObjectReader): string | undefined {
  const values = property.get('enum') ?? [property.get('const')];
  return Array.isArray(values) && values.every((value) => typeof value === 'string') ? 'string' : undefined;
}

/** The schema stays where it was written, with all that it may refer to. Undefined: any JSON, so there is nothing to check. */
function parseNested(
  property: ObjectReader,
  types: readonly string[],
  part: Omit<NestedSchema, 'types'>,
): NestedSchema | undefined {
  const keywords = property.names.filter((name) => !ANNOTATIONS.includes(name) && name !== 'type');
  const isAnything = JSON_TYPES.every(
    (type) => type === 'null' || type === 'integer' || types.includes(type),
  );
  if (keywords.length === 0 && isAnything) return undefined;
  reportSchemaProblems(part, property);
  return { ...part, types };
}
