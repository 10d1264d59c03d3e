/** One field's value as a format read it, before any rule: text stays text, and what is not text keeps its source. */

/** A JSON value that is not text: kept as its source text, so that 12345678901234567890 and 1.10 survive exactly. */
export interface JsonText {
  readonly kind: 'number' | 'boolean' | 'array' | 'object';
  readonly text: string;
  /** Of a spreadsheet: how a person sees it, as `00501` for 501. That is what a text field gets. */
  readonly shown?: string;
}

/** A cell of a spreadsheet that is not a value of JSON. */
export interface CellText {
  /**
   * moment: a date, a time, or both, in ISO 8601. duration: hours, minutes, seconds, as `36:00:00`. The others have no value:
   * an error such as `#N/A`, a formula that was never calculated, a number that is not a day where a date is shown.
   */
  readonly kind: 'moment' | 'duration' | 'error' | 'uncalculated' | 'undated';
  readonly text: string;
  readonly shown?: undefined;
}

/** string: text. null: an explicit null, or an unquoted empty CSV field. undefined: absent. */
export type SourceValue = string | null | undefined | JsonText | CellText;
