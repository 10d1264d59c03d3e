/** What the query on the catalogue (`catalogue-query.ts`) tells of a relation. */

/** A rule that a single partition has by itself. */
export interface CataloguePartition {
  readonly sql: string;
  readonly schema: string;
  readonly name: string;
  /** Over unqualified columns: it takes the row. */
  readonly condition: string;
  readonly readable: boolean;
}

interface OfPartition {
  readonly partition: CataloguePartition | null;
}

export interface CatalogueRow {
  readonly kind: string;
  readonly insertable: boolean;
  readonly privileges: { readonly select: boolean; readonly usage: boolean };
  readonly row_security: boolean;
  readonly rewriting_triggers: boolean;
  readonly columns: readonly CatalogueColumn[];
  readonly uniques: readonly CatalogueIndex[];
  readonly exclusions: readonly CatalogueExclusion[];
  readonly self_references: readonly CatalogueForeignKey[];
  readonly foreign_keys: readonly CatalogueForeignKey[];
  /** Tables inherit from it (`inherits`). */
  readonly has_children: boolean;
  readonly partitions: readonly string[] | null;
  readonly rewrite_rules: readonly { readonly name: string; readonly on: 'insert' | 'update' | 'delete' }[];
  readonly indexes: readonly (OfPartition & {
    readonly name: string;
    readonly method: string;
    readonly using: string;
    readonly columns: readonly string[];
    readonly expressions: readonly string[];
    readonly predicate: string | null;
  })[];
  readonly checks: readonly (OfPartition & {
    readonly name: string;
    readonly sql: string;
    readonly columns: readonly string[];
  })[];
  readonly partition_required: readonly { readonly column: string; readonly partition: CataloguePartition }[];
}

export interface CatalogueColumn {
  readonly name: string;
  readonly type: string;
  readonly storage: string;
  readonly base: string;
  /** Bytes of a type of fixed length, -1 for one that cannot be moved out of its row; null where it can. */
  readonly length: number | null;
  readonly typmod: number;
  /** Qualified; null for the database's own. */
  readonly collation: string | null;
  readonly deterministic: boolean;
  readonly domain_checks: readonly { readonly name: string; readonly sql: string }[];
  readonly generated_sql: string | null;
  readonly not_null: boolean;
  /** Without its domain. */
  readonly own_not_null: boolean;
  readonly identity: string;
  readonly generated: string;
  readonly default_sql: string | null;
  readonly default_volatile: boolean;
  readonly enum_labels: readonly string[] | null;
}

export interface CatalogueIndex extends OfPartition {
  readonly name: string;
  readonly primary: boolean;
  readonly parts: readonly {
    readonly column: string | null;
    readonly sql: string;
    readonly ordered: boolean;
    /** Where it is not the column's. */
    readonly collation: string | null;
    readonly deterministic: boolean;
    readonly equals: string;
    readonly opclass: string;
    readonly hashable: boolean;
  }[];
  readonly predicate: string | null;
  readonly nulls_not_distinct: boolean;
  readonly deferrable: boolean;
}

export interface CatalogueExclusion extends OfPartition {
  readonly name: string;
  readonly method: string;
  readonly predicate: string | null;
  readonly deferrable: boolean;
  readonly parts: readonly {
    readonly column: string | null;
    readonly sql: string;
    readonly collation: string | null;
    /** The operator that no two rows may satisfy. */
    readonly equals: string;
    readonly opclass: string;
  }[];
}

export interface CatalogueForeignKey extends OfPartition {
  readonly name: string;
  readonly sql: string;
  readonly title: string;
  /** What it leads to can be looked up. */
  readonly readable: boolean;
  readonly full: boolean;
  readonly validated: boolean;
  readonly on_delete: 'a' | 'r' | 'c' | 'n' | 'd';
  readonly parts: readonly {
    readonly column: string;
    readonly to_column: string;
    readonly equals: string;
    readonly own_equals: string;
    readonly collation: string | null;
  }[];
}
