/** What the catalogue says about the relation that a collection is bound to, as the statements' builders need it. */
import type { ColumnFacts, Field, LinkedReference } from '../../collections/collection.ts';

export interface TableColumn extends ColumnFacts {
  /** The type in staging tables: that below a domain, whose conditions are the target's to check. */
  readonly storageType: string;
  /** The default as SQL, for rows in which the field is absent; also for identity columns. */
  readonly defaultSql?: string;
  /** The default gives the same value however often it is evaluated, and burns no sequence. */
  readonly hasStableDefault: boolean;
  /** False where the type has no equality (`json`, `point`), or one that overlooks a difference that a user can see (`citext`, `A` and `a`). */
  readonly isComparable: boolean;
  /** ` collate …` where the column's collation is not the database's own, else empty. */
  readonly collate: string;
  /** Equal values of the column have one text and no other: nothing is padded, folded or rounded. */
  readonly isPlain: boolean;
  /** Bytes that a value takes in its row at least when all that can be moved out of it is. */
  readonly rowBytes: number;
  /** Values of its type are all of one length. */
  readonly hasFixedLength: boolean;
  /** The column itself says `not null`, and not only its domain. */
  readonly isNotNull: boolean;
  /** CHECK constraints of its domain and of those below; the condition is over `VALUE`. */
  readonly domainChecks: readonly DomainCheck[];
  /** What a generated column is made of, over unqualified columns. */
  readonly generatedSql?: string;
  /** A generated column that is worked out when the row is written, and not when it is read. */
  readonly isStored?: boolean;
}

export interface DomainCheck {
  readonly name: string;
  readonly sql: string;
}

/** A partition of the relation, at any level, that has a rule by itself: the rule is about the rows that it takes. */
export interface RulePartition {
  /** Qualified name. */
  readonly sql: string;
  readonly schema: string;
  readonly name: string;
  /** It takes the row; columns are not qualified. */
  readonly condition: string;
  /** It may be read by itself, and shows what the relation shows. */
  readonly isReadable: boolean;
}

export interface IndexPart {
  /** The column, or undefined for an expression. */
  readonly column?: string;
  /** The column's quoted name, or the expression; its columns are not qualified. */
  readonly sql: string;
  /** The index serves `between` on the column, whose type has `min` and `max`. */
  readonly isOrdered: boolean;
  /** ` collate …` where the index has another collation than its column, else empty. */
  readonly collate: string;
  /** The operator by which the index tells that two values are one, or by which an exclusion constraint tells that they clash. */
  readonly equals: string;
  /** Qualified name. */
  readonly opclass: string;
  /** The type's own hash goes by that equality. */
  readonly isHashable: boolean;
  /** That equality is the one of the values' texts, if the column is plain. */
  readonly isPlain: boolean;
}

export interface UniqueIndex {
  readonly name: string;
  readonly parts: readonly IndexPart[];
  /** Of a partial index, and of one of a single partition; its columns are not qualified. */
  readonly predicate?: string;
  readonly partition?: RulePartition;
  readonly areNullsDistinct: boolean;
  /** May be checked at the end of a transaction. */
  readonly isDeferrable: boolean;
  /** The index's access method: `btree`, but for exclusion constraints. */
  readonly method: string;
}

export interface ForeignKey {
  readonly name: string;
  /** The collection declares the reference, and the table has no key for it; then it has a name for people alone. */
  readonly isDeclared?: true;
  readonly partition?: RulePartition;
  /** Qualified name of the table referred to, and the same for messages. */
  readonly sql: string;
  readonly title: string;
  /** What it leads to can be looked up; else only the database can tell. */
  readonly isReadable: boolean;
  /** `match full`: all or none of the columns are null. */
  readonly isFull: boolean;
  /** False (`not valid`): rows that are there may lead nowhere, and may stay so. */
  readonly isValidated: boolean;
  /** When what it leads to is deleted, a row stays: `on delete set null`, or `set default`. */
  readonly outlivesTarget: boolean;
  readonly parts: readonly {
    readonly column: string;
    readonly toColumn: string;
    /** The column referred to comes first. */
    readonly equals: string;
    /** What both are cast to, where their types cannot be compared. */
    readonly cast?: string;
    /** For two values of the referring column. */
    readonly ownEquals: string;
    readonly collate: string;
  }[];
}

export interface CheckConstraint {
  readonly name: string;
  /** The condition; its columns are not qualified. */
  readonly sql: string;
  readonly columns: readonly string[];
  readonly partition?: RulePartition;
}

/** A reference by natural key, with what was read of the table that it leads to. */
export interface Link {
  readonly reference: LinkedReference;
  readonly relation: TargetRelation;
  /** What is compared: a field of the source, and a column of the other table. */
  readonly parts: readonly { readonly field: Field; readonly toColumn: TableColumn }[];
  /** Column of the other table whose value is stored, and the one here that it is stored in. */
  readonly stored: TableColumn;
  readonly column: TableColumn;
  /** That of the other collection's key, where it is what is compared: it tells which values are the same. */
  readonly index: UniqueIndex | undefined;
}

export interface RewriteRule {
  readonly name: string;
  readonly on: 'insert' | 'update' | 'delete';
}

/** What an index has of a row, whatever it is for. */
export interface TableIndex {
  readonly name: string;
  /** The access method. */
  readonly method: string;
  /** Its definition after the table's name. */
  readonly using: string;
  /** Its columns, those that are only included, too. */
  readonly columns: readonly string[];
  readonly expressions: readonly string[];
  readonly predicate?: string;
  readonly partition?: RulePartition;
}

export interface TargetRelation {
  /** What to write after `from`: a qualified name, or a query in parentheses. */
  readonly sql: string;
  /** The same without the rows of tables that inherit from it, which its indexes do not have. */
  readonly ownSql: string;
  /** For messages. */
  readonly title: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'query';
  readonly isInsertable: boolean;
  readonly columns: readonly TableColumn[];
  readonly uniques: readonly UniqueIndex[];
  /** Exclusion constraints: no two rows may satisfy the operators of all parts. */
  readonly exclusions: readonly UniqueIndex[];
  readonly checks: readonly CheckConstraint[];
  /** Foreign keys of the table to itself. */
  readonly selfReferences: readonly ForeignKey[];
  /** Foreign keys to other tables that can be read. */
  readonly foreignKeys: readonly ForeignKey[];
  /** References by natural key that the collection states. */
  readonly links: readonly Link[];
  /** Rules (`create rule`) on what is written. */
  readonly rewriteRules: readonly RewriteRule[];
  /** All indexes, unique or not. */
  readonly indexes: readonly TableIndex[];
  /** Conditions of the partitions that may take a row, and of this one where it is one; undefined where there are none. */
  readonly partitions: readonly string[] | undefined;
  /** Columns that must have a value in one partition and not in all. */
  readonly partitionRequired: readonly { readonly column: string; readonly partition: RulePartition }[];
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

/** The relation, and its partitions that have rules by themselves. */
export function holdersOf(
  relation: TargetRelation,
): readonly { readonly schema: string; readonly name: string }[] {
  const { uniques, exclusions, checks, partitionRequired } = relation;
  const rules = [...uniques, ...exclusions, ...checks, ...partitionRequired];
  return [relation, ...rules.flatMap(({ partition }) => partition ?? [])];
}
