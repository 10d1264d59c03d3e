/** When the database has nothing to add to the verdicts of the reading thread. */
import { canOutgrowPage, lengthsThatMatter } from './rehearsal-sql.ts';
import type { TableColumn } from './table.ts';
import { recordMode, type WriteContext } from './write-context.ts';

/** Types whose values the judge knows as well as the server; of others (jsonb, enums, inet, …) the server's input functions know more. */
const KNOWN_TYPES =
  /^(text|character varying(\(\d+\))?|smallint|integer|bigint|numeric(\(\d+,\d+\))?|boolean|date|time without time zone|timestamp with(out)? time zone|uuid)$/;

/** In UTF-16 units, which may be three bytes each: far less than the 2,704 bytes of an index entry. */
const MAX_KEY_LENGTH = 500;

/**
 * True for a validation that asks the target nothing: no effects, no keys that must or must not exist, no references, rules or unique
 * indexes beside the key. Its rows then need not be copied to the server, which takes most of the time of a validation.
 */
export function isJudgedBefore(context: WriteContext): boolean {
  const { options, references, shape } = context;
  const { fields, key, relation, scope } = shape;
  const asksForKeys = key !== undefined && ['insert', 'update', 'delete'].includes(recordMode(options));
  const others = relation.uniques.filter((unique) => unique.name !== key?.index.name);
  return (
    options.kind === 'validation' &&
    options.mode !== 'replace' &&
    !options.effects &&
    !asksForKeys &&
    scope.length === 0 &&
    references.length === 0 &&
    relation.kind === 'table' &&
    relation.checks.length === 0 &&
    relation.exclusions.length === 0 &&
    relation.foreignKeys.length === 0 &&
    relation.selfReferences.length === 0 &&
    relation.partitions === undefined &&
    !canOutgrowPage(shape) &&
    isShortEnough(context) &&
    // What a write works out beside the values may raise an error.
    !relation.columns.some(({ isStored }) => isStored) &&
    !relation.indexes.some(
      ({ expressions, predicate }) => expressions.length > 0 || predicate !== undefined,
    ) &&
    !relation.hasRowSecurity &&
    others.length === 0 &&
    fields.every(({ column }) => isKnown(column))
  );
}

/** No index has values that may be too long for its pages, but of the key, whose longest is known. */
function isShortEnough({ options: { longestKey = Number.POSITIVE_INFINITY }, shape }: WriteContext): boolean {
  const { key } = shape.collection;
  const isKeyShort = longestKey < MAX_KEY_LENGTH;
  return [...lengthsThatMatter(shape)].every((name) => isKeyShort && key.includes(name));
}

function isKnown(column: TableColumn): boolean {
  return column.storageType === column.sqlType && KNOWN_TYPES.test(column.sqlType);
}
