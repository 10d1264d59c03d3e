/** One field's value as a format read it, before any rule: text stays text, and what is not text keeps its source. */

/** A JSON value that is not text: kept as its source text, so that 12345678901234567890 and 1.10 survive exactly. */
export interface JsonText {
  readonly kind: 'number' | 'boolean' | 'array' | 'object';
  readonly text: string;
}

/** string: text. null: an explicit null, or an unquoted empty CSV field. undefined: absent. */
export type SourceValue = string | null | undefined | JsonText;
