/** A compiled subschema, and what the compilers of its keywords work with. */
import type { Evaluate } from './evaluation.ts';
import type { Location, SchemaDocument, SchemaObject, Tokens } from './schema-document.ts';

/** A subschema of a document, and which of its keywords count (all, if nothing is said). */
export interface SchemaPart {
  readonly document: unknown;
  readonly tokens: Tokens;
  readonly keywords?: readonly string[];
}

/** A compiled subschema. `evaluate` may be called once everything is compiled. */
export interface SchemaNode {
  readonly location: Location;
  evaluate: Evaluate;
  /** What else looks at the same value: references and combinations, not members and items. */
  readonly sameValue: SchemaNode[];
}

/** What the compilers of keywords are given. */
export interface KeywordContext {
  readonly schema: SchemaObject;
  readonly location: Location;
  readonly document: SchemaDocument;
  /** The subschema at a place below this one, which judges members or items. */
  readonly child: (...tokens: Tokens) => SchemaNode;
  /** A subschema that judges the same value. */
  readonly sameValue: (...tokens: Tokens) => SchemaNode;
  readonly reference: (location: Location) => SchemaNode;
  readonly report: (tokens: Tokens, message: string) => void;
  /** @throws Error when the collection's patterns together are too big */
  readonly spendPattern: (instructions: number) => void;
}

export type CompileKeywords = (context: KeywordContext) => readonly Evaluate[];
