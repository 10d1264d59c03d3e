/** What the catalogue says about the relation that a collection is bound to, as the statements' builders need it. */
import type { ColumnFacts } from '../../collections/collection.ts';

export interface TableColumn extends ColumnFacts {
  /** The type in staging tables: that below a domain, whose conditions are the target's to check. */
  readonly storageType: string;
  /** The default as SQL, for rows in which the field is absent; also for identity columns. */
  readonly defaultSql?: string;
  /** The default gives the same value however often it is evaluated, and burns no sequence. */
  readonly hasStableDefault: boolean;
  /** False for types such as `json` and `point` (no equality) and `citext` (equality that ignores changes). */
  readonly isComparable: boolean;
}

export interface IndexPart {
  /** The column, or undefined for an expression. */
  readonly column?: string;
  /** The column's quoted name, or the expression; its columns are not qualified. */
  readonly sql: string;
  /** The index serves `between` on the column, whose type has `min` and `max`. */
  readonly isOrdered: boolean;
}

export interface UniqueIndex {
  readonly name: string;
  readonly parts: readonly IndexPart[];
  /** Of a partial index; its columns are not qualified. */
  readonly predicate?: string;
  readonly areNullsDistinct: boolean;
}

export interface CheckConstraint {
  readonly name: string;
  /** The condition; its columns are not qualified. */
  readonly sql: string;
  readonly columns: readonly string[];
}

export interface TargetRelation {
  /** What to write after `from`: a qualified name, or a query in parentheses. */
  readonly sql: string;
  /** For messages. */
  readonly title: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'query';
  readonly isInsertable: boolean;
  readonly columns: readonly TableColumn[];
  readonly uniques: readonly UniqueIndex[];
  readonly checks: readonly CheckConstraint[];
  /** BEFORE or INSTEAD OF triggers may change a row, so only the database can say whether it would pass. */
  readonly hasRewritingTriggers: boolean;
  /** Row-level security applies, so that 42501 may be about one row. */
  readonly hasRowSecurity: boolean;
  /** Tells one definition of the table from another. */
  readonly definition: string;
}

export function findColumn(relation: TargetRelation, column: string): TableColumn | undefined {
  return relation.columns.find((candidate) => candidate.column === column);
}
