/** What a unique index's refusal of one row means, when it comes while writing: the row was judged, and it was free then. */
import type { IssueCode } from '../../core/issue.ts';
import type { ImportMode } from '../../core/job.ts';
import { literal } from './quote.ts';
import type { UniqueIndex } from './table.ts';
import { uniqueValueSql } from './unique-value-sql.ts';
import type { WriteShape } from './write-shape.ts';

/**
 * SQL of the issue's code, over the staged row `s` and the index's name in `_wb_constraint`.
 *
 * A row that can be seen now was added since by someone else: it has the code that a validation of this moment gives it.
 * Where none can be seen, neither judge nor validation could know, so the code is one of the database's: a policy hides the row, or the
 * value is not the source's (a trigger's, a sequence's).
 */
export function uniqueRefusalCode(shape: WriteShape, mode: ImportMode): string {
  const cases = shape.relation.uniques.map(
    (unique) =>
      `when ${isRule(shape, unique)} then ${
        unique === shape.key?.index ? keyCode(shape) : otherCode(shape, mode, unique)
      }`,
  );
  cases.push(
    ...shape.relation.exclusions.map(
      (rule) => `when ${isRule(shape, rule)} then ${otherCode(shape, mode, rule, 'exclusion.conflict')}`,
    ),
  );
  return cases.length === 0
    ? codeOf('database.refused')
    : `case ${cases.join('\n')} else ${codeOf('database.refused')} end`;
}

/** Names of indexes are unique within their table alone. */
function isRule({ relation }: WriteShape, { name, partition }: UniqueIndex): string {
  const holder = partition ?? relation;
  return `(_wb_constraint, _wb_schema, _wb_table) = (${[name, holder.schema, holder.name].map(literal).join(', ')})`;
}

function keyCode(shape: WriteShape): string {
  const exists = (condition: string) => `exists (select from ${shape.relation.sql} t where ${condition})`;
  const { match, matchAnyScope } = shape.key ?? {};
  return `case when ${exists(match ?? 'false')} then ${codeOf('key.exists')}
    when ${exists(matchAnyScope ?? 'false')} then ${codeOf('unique.conflict')}
    else ${unseenCode(shape)} end`;
}

function otherCode(
  shape: WriteShape,
  mode: ImportMode,
  unique: UniqueIndex,
  code: IssueCode = 'unique.conflict',
): string {
  const { joins, isIn, isTaken } = uniqueValueSql(shape, mode, unique);
  return `(select case when ${isTaken} then ${codeOf(code)}
    when ${isIn} then ${unseenCode(shape)}
    else ${codeOf('database.refused')} end from (select) one ${joins})`;
}

/** A trigger may have changed the value, so that it is not known which row is in the way. */
function unseenCode({ relation }: WriteShape): string {
  const isHidden = relation.hasRowSecurity && !relation.hasRewritingTriggers;
  return codeOf(isHidden ? 'database.hidden_row' : 'database.refused');
}

function codeOf(code: IssueCode): string {
  return literal(code);
}
