/** Where the values of a written row come from: a field of the source, or the job's scope. */
import type { Field } from '../../collections/collection.ts';
import type { Link, TableColumn } from './table.ts';

export interface ShapeField {
  readonly field: Field;
  readonly column: TableColumn;
  /** From 1, as in `_wb_absent`. */
  readonly position: number;
  /** The staged column, `_wb_1`. */
  readonly staged: string;
}

export interface ScopeColumn {
  readonly column: TableColumn;
  /** The value as a typed literal. */
  readonly value: string;
}

/** The field of a staged record that carries what a link stores, and those that hold the natural key. */
export interface ShapeLink {
  readonly link: Link;
  readonly field: ShapeField;
  readonly sources: readonly ShapeField[];
}
