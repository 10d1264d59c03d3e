/**
 * What the catalogue knows that a row must satisfy, as conditions on the row as it would be (`img`): NOT NULL, CHECK, the rules of domains,
 * foreign keys, partitions. Each is a row of values: broken, code, parameters, field, value.
 */
import type { IssueCode } from '../../core/issue.ts';
import type { ImportMode } from '../../core/job.ts';
import { issueValue } from './issue-value-sql.ts';
import { identifier, literal, nullable } from './quote.ts';
import type { CheckConstraint, DomainCheck, ForeignKey, TableColumn } from './table.ts';
import type { WriteShape } from './write-shape.ts';

export interface RowConditions {
  readonly conditions: readonly string[];
  /** Columns of the image that they look at. */
  readonly columns: ReadonlySet<string>;
}

interface Rule {
  readonly sql: string;
  readonly columns: readonly string[];
}

export function rowConditions(shape: WriteShape, mode: ImportMode): RowConditions {
  const { relation } = shape;
  const generated = new Set(
    relation.columns.filter((column) => column.isGenerated).map(({ column }) => column),
  );
  const written = writtenColumns(shape);
  const rules: Rule[] = [
    ...relation.columns
      .filter((column) => isRequired(shape, column, mode))
      .map((column) => ({ sql: requiredCondition(shape, column), columns: [column.column] })),
    ...relation.columns
      .filter(({ column }) => written.has(column))
      .flatMap((column) =>
        column.domainChecks.map((check) => ({
          sql: domainCondition(shape, column, check),
          columns: [column.column],
        })),
      ),
    ...relation.checks
      .filter((check) => !check.columns.some((column) => generated.has(column)))
      .map((check) => ({ sql: checkCondition(shape, check), columns: check.columns })),
    ...relation.foreignKeys
      .filter((key) => key.parts.some(({ column }) => written.has(column) && !isReferenced(shape, key)))
      .map((key) => ({
        sql: foreignKeyCondition(shape, key),
        columns: key.parts.map(({ column }) => column),
      })),
    ...partitionRules(shape, generated),
  ];
  return {
    conditions: rules.map(({ sql }) => sql),
    columns: new Set(rules.flatMap(({ columns }) => columns)),
  };
}

function writtenColumns(shape: WriteShape): ReadonlySet<string> {
  return new Set([...shape.fields, ...shape.scope].map(({ column }) => column.column));
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
  return condition(broken, 'check.violated', params, field?.field.name, issueValue(field));
}

function foreignKeyCondition(shape: WriteShape, key: ForeignKey): string {
  const nulls = key.parts.map(({ column }) => `img.${identifier(column)} is null`);
  const same = key.parts
    .map(
      ({ column, toColumn, equals, collate }) =>
        `r.${identifier(toColumn)} ${equals} img.${identifier(column)}${collate}`,
    )
    .join(' and ');
  const isMissing = `not exists (select from ${key.sql} r where ${same})`;
  const broken = key.isFull
    ? `case when ${nulls.join(' and ')} then false when ${nulls.join(' or ')} then true else ${isMissing} end`
    : `not (${nulls.join(' or ')}) and ${isMissing}`;
  const params = `jsonb_build_object('collection', ${literal(key.title)}, 'field', ${literal(
    key.parts.map(({ toColumn }) => toColumn).join(', '),
  )}, 'constraint', ${literal(key.name)})`;
  const field = fieldOf(
    shape,
    key.parts.map(({ column }) => column),
  );
  return condition(broken, 'reference.not_found', params, field?.field.name, issueValue(field));
}

/** Which columns decide is not told, so all are looked at; what a generated column will be is not known here. */
function partitionRules(shape: WriteShape, generated: ReadonlySet<string>): Rule[] {
  const { partitions, columns, title } = shape.relation;
  if (partitions === undefined || generated.size > 0) return [];
  const isTaken = partitions.map((sql) => `(${sql})`).join(' or ') || 'false';
  const params = `jsonb_build_object('table', ${literal(title)})`;
  return [
    {
      sql: condition(`(${isTaken}) is not true`, 'partition.missing', params, undefined, 'null'),
      columns: columns.map(({ column }) => column),
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

function requiredCondition(shape: WriteShape, column: TableColumn): string {
  const field = shape.collection.fields.find((candidate) => candidate.column === column.column);
  return condition(
    `img.${identifier(column.column)} is null`,
    'field.missing',
    `'{}'::jsonb`,
    field?.name ?? column.column,
    'null',
  );
}

function checkCondition(shape: WriteShape, check: CheckConstraint): string {
  const field = fieldOf(shape, check.columns);
  const params = `jsonb_build_object('constraint', ${literal(check.name)})`;
  return condition(`(${check.sql}) is false`, 'check.violated', params, field?.field.name, issueValue(field));
}
