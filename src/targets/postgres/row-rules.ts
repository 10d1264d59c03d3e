/**
 * What the catalogue knows that a row must satisfy, as conditions on the row as it would be (`img`): NOT NULL, CHECK, the rules of domains,
 * foreign keys, partitions. Each is a row of values: broken, code, parameters, field, value.
 */
import type { IssueCode } from '../../core/issue.ts';
import type { ImportMode } from '../../core/job.ts';
import { issueValue } from './issue-value-sql.ts';
import { isNotKept } from './kept-references.ts';
import { identifier, literal, nullable } from './quote.ts';
import { statesNothing } from './resolve-links.ts';
import {
  type CheckConstraint,
  type DomainCheck,
  type ForeignKey,
  findColumn,
  type RulePartition,
  type TableColumn,
} from './table.ts';
import { asCopied, isAbsent, type WriteShape } from './write-shape.ts';

export interface RowRule {
  /** Name of the constraint, column or index. */
  readonly title: string;
  readonly sql: string;
  /** Columns of the image that it looks at. */
  readonly columns: readonly string[];
}

/** @param withRaising also what no row can break but some may not let be worked out, as an index's expression */
export function rowRules(shape: WriteShape, mode: ImportMode, withRaising: boolean): readonly RowRule[] {
  const { relation } = shape;
  if (relation.hasRewritingTriggers) return [];
  const written = writtenColumns(shape);
  return [
    ...relation.columns
      .filter((column) => isRequired(shape, column, mode))
      .map((column) => ({
        title: column.column,
        sql: requiredCondition(shape, column),
        columns: [column.column],
      })),
    ...relation.columns
      .filter(({ column }) => written.has(column))
      .flatMap((column) =>
        column.domainChecks.map((check) => ({
          title: check.name,
          sql: domainCondition(shape, column, check),
          columns: [column.column],
        })),
      ),
    ...relation.checks.map((check) => ({
      title: check.name,
      sql: checkCondition(shape, check),
      columns: columnsOf(shape, check.columns, check.partition),
    })),
    ...relation.partitionRequired
      .filter(({ column }) => written.has(column) || hasStableValue(shape, column))
      .map(({ column, partition }) => ({
        title: column,
        sql: requiredInPartition(shape, column, partition),
        columns: columnsOf(shape, [column], partition),
      })),
    ...relation.foreignKeys
      .filter((key) => key.parts.some(({ column }) => written.has(column) && !isReferenced(shape, key)))
      .map((key) => ({
        title: key.name,
        sql: foreignKeyCondition(shape, mode, key),
        columns: columnsOf(
          shape,
          key.parts.map(({ column }) => column),
          key.partition,
        ),
      })),
    ...partitionRules(shape),
    ...(withRaising ? raisingRules(shape) : []),
  ];
}

/** What a write works out beside the rules. Nothing of it is ever broken, but it may raise an error. */
function raisingRules({ relation }: WriteShape): RowRule[] {
  const all = relation.columns.map(({ column }) => column);
  const generated = relation.columns.filter(({ isStored }) => isStored);
  const raising = (
    title: string,
    expressions: readonly string[],
    columns: readonly string[],
    partition?: RulePartition,
  ): RowRule => {
    const isWorkedOut = within(partition, expressions.map((sql) => `(${sql}) is null`).join(' and '));
    return {
      title,
      sql: condition(
        `case when ${isWorkedOut} then false end`,
        'check.raised',
        `'{}'::jsonb`,
        undefined,
        'null',
      ),
      columns,
    };
  };
  return [
    ...generated.map(({ column }) => raising(column, [`img.${identifier(column)}`], [column])),
    ...relation.indexes.flatMap(({ name, expressions, predicate, partition }) => {
      const worked = [...expressions, ...(predicate === undefined ? [] : [predicate])];
      return worked.length === 0 ? [] : [raising(name, worked, all, partition)];
    }),
  ];
}

/** Those that the job gives, and those that are made of such. */
function writtenColumns(shape: WriteShape): ReadonlySet<string> {
  const given = [...shape.fields, ...shape.scope].map(({ column }) => column);
  const made = shape.relation.columns.filter(({ generatedSql }) => generatedSql !== undefined);
  return new Set([...given, ...made].map(({ column }) => column));
}

function isRequired(shape: WriteShape, column: TableColumn, mode: ImportMode): boolean {
  return (
    !column.isNullable &&
    !column.hasDefault &&
    !column.isGenerated &&
    mode !== 'update' &&
    !isAlwaysGiven(shape, column)
  );
}

function condition(
  broken: string,
  code: IssueCode,
  params: string,
  field: string | undefined,
  value: string,
): string {
  return `(${broken}, ${literal(code)}, ${params}, ${nullable(field)}::text, ${value}::text)`;
}

/** A condition that holds for the rows of one partition; for others it is null. */
function within(partition: RulePartition | undefined, sql: string): string {
  return partition === undefined ? sql : `case when ${partition.condition} then ${sql} end`;
}

/** Which columns decide on a partition is not told, so all are looked at. */
function columnsOf(
  { relation }: WriteShape,
  columns: readonly string[],
  partition: RulePartition | undefined,
): readonly string[] {
  return partition === undefined ? columns : [...columns, ...ownColumns(relation)];
}

function ownColumns({ columns }: WriteShape['relation']): readonly string[] {
  return columns.filter(({ generatedSql }) => generatedSql === undefined).map(({ column }) => column);
}

/** What the row would have in the column is known before it is written. */
function hasStableValue({ relation }: WriteShape, column: string): boolean {
  return findColumn(relation, column)?.hasStableDefault === true;
}

/** The collection declares it as a reference, and the judge looks at those. */
function isReferenced({ collection }: WriteShape, { parts }: ForeignKey): boolean {
  const [part, ...others] = parts;
  const field = collection.fields.find(({ column }) => column === part?.column);
  return others.length === 0 && collection.references.some((reference) => reference.field === field?.name);
}

function fieldOf(shape: WriteShape, columns: readonly string[]) {
  const [only, ...others] = columns;
  return others.length > 0 ? undefined : shape.fields.find(({ column }) => column.column === only);
}

/** A domain calls its value VALUE, which is a column's name anywhere else. */
function domainCondition(shape: WriteShape, column: TableColumn, check: DomainCheck): string {
  const field = fieldOf(shape, [column.column]);
  const params = `jsonb_build_object('constraint', ${literal(check.name)})`;
  const broken = `(select (${check.sql}) is false from (select img.${identifier(column.column)} as value) d)`;
  return condition(
    broken,
    'check.violated',
    params,
    field?.field.name,
    issueValue(field && asCopied(shape, field)),
  );
}

function foreignKeyCondition(shape: WriteShape, mode: ImportMode, key: ForeignKey): string {
  const nulls = key.parts.map(({ column }) => `img.${identifier(column)} is null`);
  const same = key.parts
    .map(
      ({ column, toColumn, equals, collate }) =>
        `r.${identifier(toColumn)} ${equals} img.${identifier(column)}${collate}`,
    )
    .join(' and ');
  const isMissing = `not exists (select from ${key.sql} r where ${same})${isNotKept(shape, mode, key)}`;
  const isBroken = key.isFull
    ? `case when ${nulls.join(' and ')} then false when ${nulls.join(' or ')} then true else ${isMissing} end`
    : `not (${nulls.join(' or ')}) and ${isMissing}`;
  const broken = within(key.partition, isBroken);
  const params = `jsonb_build_object('collection', ${literal(key.title)}, 'field', ${literal(
    key.parts.map(({ toColumn }) => toColumn).join(', '),
  )}, 'constraint', ${literal(key.name)})`;
  const field = fieldOf(
    shape,
    key.parts.map(({ column }) => column),
  );
  return condition(
    broken,
    'reference.not_found',
    params,
    field?.field.name,
    issueValue(field && asCopied(shape, field)),
  );
}

function partitionRules(shape: WriteShape): RowRule[] {
  const { partitions, title } = shape.relation;
  if (partitions === undefined) return [];
  const isTaken = partitions.map((sql) => `(${sql})`).join(' or ') || 'false';
  const params = `jsonb_build_object('table', ${literal(title)})`;
  return [
    {
      title,
      sql: condition(`(${isTaken}) is not true`, 'partition.missing', params, undefined, 'null'),
      columns: ownColumns(shape.relation),
    },
  ];
}

/** Key and scope columns have a value in every record. */
function isAlwaysGiven(shape: WriteShape, column: TableColumn): boolean {
  return (
    shape.scope.some((scope) => scope.column === column) ||
    shape.fields.some((field) => field.column === column && shape.collection.key.includes(field.field.name))
  );
}

function requiredInPartition(shape: WriteShape, column: string, partition: RulePartition): string {
  const field = shape.fields.find((candidate) => candidate.column.column === column);
  const isNull = `img.${identifier(column)} is null`;
  // A default that is another one each time is not known before.
  const isEmpty =
    field === undefined || hasStableValue(shape, column) ? isNull : `not ${isAbsent(field)} and ${isNull}`;
  return condition(
    within(partition, isEmpty),
    'field.missing',
    `'{}'::jsonb`,
    field?.field.name ?? column,
    'null',
  );
}

function requiredCondition(shape: WriteShape, column: TableColumn): string {
  const field = shape.collection.fields.find((candidate) => candidate.column === column.column);
  const staged = shape.fields.find((candidate) => candidate.column === column);
  return condition(
    `img.${identifier(column.column)} is null${statesNothing(shape, staged)}`,
    'field.missing',
    `'{}'::jsonb`,
    field?.name ?? column.column,
    'null',
  );
}

function checkCondition(shape: WriteShape, check: CheckConstraint): string {
  const field = fieldOf(shape, check.columns);
  const params = `jsonb_build_object('constraint', ${literal(check.name)})`;
  const broken = within(check.partition, `(${check.sql}) is false`);
  return condition(
    broken,
    'check.violated',
    params,
    field?.field.name,
    issueValue(field && asCopied(shape, field)),
  );
}
