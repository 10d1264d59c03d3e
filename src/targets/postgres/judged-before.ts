/** When the database has nothing to add to the verdicts of the reading thread. */
import type { TableColumn } from './table.ts';
import { recordMode, type WriteContext } from './write-context.ts';

/** Types whose values the judge knows as well as the server; of others (jsonb, enums, inet, …) the server's input functions know more. */
const KNOWN_TYPES =
  /^(text|character varying(\(\d+\))?|smallint|integer|bigint|numeric(\(\d+,\d+\))?|boolean|date|time without time zone|timestamp with(out)? time zone|uuid)$/;

/**
 * True for a validation that asks the target nothing: no effects, no keys that must or must not exist, no references, rules or unique
 * indexes beside the key. Its rows then need not be copied to the server, which takes most of the time of a validation.
 */
export function isJudgedBefore({ options, references, shape }: WriteContext): boolean {
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

function isKnown(column: TableColumn): boolean {
  return column.storageType === column.sqlType && KNOWN_TYPES.test(column.sqlType);
}
