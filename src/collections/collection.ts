/**
 * A collection: a named set of records, with its schema, field rules, key, and target. This is the parsed form;
 * `parse-collection.ts` makes it from what a person wrote and reports everything that is wrong with it at once.
 */

/** The type of a field's value, and the PostgreSQL type that a managed column gets for it. */
export const FIELD_TYPES = {
  text: 'text',
  integer: 'bigint',
  number: 'numeric',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  'date-time': 'timestamptz',
  uuid: 'uuid',
  json: 'jsonb',
} as const;
export type FieldType = keyof typeof FIELD_TYPES;

/** What an empty text (`""`, or an unquoted empty CSV field) means. */
export type EmptyRule = 'null' | 'text' | 'absent' | 'error';

/** Which of the two times is meant that a clock set back shows alike; `error` refuses both. */
export type RepeatedTimeRule = 'first' | 'second' | 'error';

export type ThousandsMark = ',' | '.' | ' ' | "'" | '\u00a0' | '\u202f' | '\u2009' | '\u2019';
export type NegativeForm = 'parentheses' | 'trailing';
/** What a percent sign makes of the number before it: nothing, or a hundredth. */
export type PercentRule = 'number' | 'share';

/** A number that would be rounded: taken with a warning, taken without a word, or refused. */
export type RoundingRule = 'warn' | 'accept' | 'error';

export interface FieldRules {
  /** Patterns such as `yyyy-MM-dd`, `dd.MM.yyyy HH:mm`; tried in order. Default: ISO 8601. */
  readonly datePatterns?: readonly string[];
  /** Zone of date-times that name none, IANA. Default: such values are refused, or UTC where `datePatterns` are given. */
  readonly timeZone?: string;
  /** A time that the zone's clock shows twice. Default: the first of the two, with a warning. */
  readonly repeatedTime?: RepeatedTimeRule;
  /** The first of the hundred years that `yy` in a pattern can mean. Default: patterns have no `yy`. */
  readonly twoDigitYearsFrom?: number;
  readonly decimalMark?: '.' | ',';
  /** Those that look alike are taken for each other: blanks, and apostrophes. */
  readonly thousandsMark?: ThousandsMark;
  /** How a number may say that it is below 0 beside a sign before it: `(1.50)`, `5.00-`. Default: in no way. */
  readonly negatives?: readonly NegativeForm[];
  /** A number may end with a percent sign: `12 %` is 12, or 0.12. Default: such a text is not a number. */
  readonly percent?: PercentRule;
  /** Texts that may stand before or behind a number and say nothing: `EUR`, `$`. Default: none. */
  readonly units?: readonly string[];
  /** Columns of floats: what happens to a number that they cannot hold exactly. Default `warn`. */
  readonly rounding?: RoundingRule;
  /** Words for true and false, compared without regard to case. Default: true, false. */
  readonly trueWords?: readonly string[];
  readonly falseWords?: readonly string[];
  /**
   * Default: `text` for text fields, and for json fields of a JSON source (so that an empty text and null stay two things);
   * else `null` where the field may be null, else `error`. An unquoted empty CSV field is null already; a rule that is set
   * applies to it as well.
   */
  readonly empty?: EmptyRule;
  /** Texts that mean null, such as `NA`, exactly as they are written (after `trim`). */
  readonly nullWords?: readonly string[];
  /** Remove white space at both ends. Default false for text and for json fields of a JSON source, else true. */
  readonly trim?: boolean;
  /** The value never appears in issues or logs. */
  readonly sensitive?: boolean;
}

/** A part of the record's schema as it was written, so that what it refers to is there. */
export interface NestedSchema {
  readonly document: unknown;
  /** The way from the document to the part. */
  readonly tokens: readonly (string | number)[];
  /** What the field may be, but for null: `array` or `object` is among them. */
  readonly types: readonly string[];
}

/** Keywords of the record's schema that span fields, in the schema as it was written. */
export interface RecordSchema {
  readonly document: unknown;
  readonly tokens: readonly (string | number)[];
  readonly keywords: readonly string[];
}

/** A field's allowed values, taken from JSON Schema 2020-12; a per-field judge works on text, without coercion. */
export interface FieldSchema {
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  /** ECMA-262 source of `pattern`; held to linear time. */
  readonly pattern?: string;
  readonly format?: string;
  /** Decimal texts, so that 0.01 and 2^63 stay exact. */
  readonly minimum?: string;
  readonly maximum?: string;
  readonly exclusiveMinimum?: string;
  readonly exclusiveMaximum?: string;
  readonly multipleOf?: string;
  /** The JSON Schema of a nested value (`json` fields only). Absent: any JSON. */
  readonly nested?: NestedSchema;
}

export interface Field {
  /** Any header is a legal name: up to 200 characters, any of them but NUL. */
  readonly name: string;
  readonly title?: string;
  /** Other headers under which the field may come. */
  readonly aliases: readonly string[];
  readonly type: FieldType;
  readonly schema: FieldSchema;
  readonly rules: FieldRules;
  /** Column in the target: for managed tables derived from the name (`deriveColumns`), for bound ones set or equal. */
  readonly column: string;
}

/** What happens to a record that refers to one that is not there: an issue, null instead, or the other is created. */
export const MISSING_RULES = ['error', 'null'] as const;
export type MissingRule = (typeof MISSING_RULES)[number];

/** A reference by natural key: the source has what identifies the other record, the column has a value of that record. */
export interface ReferenceLink {
  /** The fields of the source; the first has the column that the value is stored in, the others have none. */
  readonly fields: readonly string[];
  /** The fields of the other collection that they are compared with, in the same order. */
  readonly toFields: readonly string[];
  /** Column of the other collection's table whose value is stored. */
  readonly store: string;
  readonly missing: MissingRule;
}

/** A field that must name a record of another collection by that collection's field. */
export interface Reference {
  readonly field: string;
  readonly collection: string;
  readonly toField: string;
  /** Absent: the field's own value is stored. Else `field` and `toField` are the first of the link's. */
  readonly link?: ReferenceLink;
}

export interface LinkedReference extends Reference {
  readonly link: ReferenceLink;
}

export type TargetBinding =
  | { readonly kind: 'managed' }
  /** A table or view as it is. `database` names an entry of `databases` in the configuration; default: Waybill's own. */
  | { readonly kind: 'table'; readonly database?: string; readonly schema: string; readonly table: string }
  /** A named query: export and validation of references only. */
  | { readonly kind: 'query'; readonly database?: string; readonly query: string }
  /** One's own code: a module named in the configuration under `modules.targets`. */
  | { readonly kind: 'module'; readonly module: string };

/** Set locally in each transaction on the target, so that row-level security holds. */
export interface SessionSettings {
  readonly role?: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Collection {
  readonly name: string;
  readonly title?: string;
  readonly fields: readonly Field[];
  /** Names of the key's fields, in order; empty: no key, then mode insert only. */
  readonly key: readonly string[];
  /** Name of the unique index that is the key where it is partial or over expressions; else found by the key's columns. */
  readonly keyIndex?: string;
  /** Column names that every job on this collection must give a value for (`scope: { account_id: "7" }`). */
  readonly scope: readonly string[];
  readonly references: readonly Reference[];
  readonly target: TargetBinding;
  readonly session?: SessionSettings;
  /** What happens to source fields that the collection does not know: `ignore` with one warning, or `error`. */
  readonly unknownFields: 'ignore' | 'error';
  /** Names of modules in the configuration (`modules.transforms`, `modules.validators`), run per batch, in order. */
  readonly transforms: readonly string[];
  readonly validators: readonly string[];
  /** Keywords of the schema that span fields: `if`, `dependentRequired`, `anyOf`, … */
  readonly recordSchema?: RecordSchema;
}

/** What the target's catalogue says about a field's column; becomes rules of the judge, so that it can say so first. */
export interface ColumnFacts {
  readonly column: string;
  /** As `format_type` prints it, such as `character varying(20)`, `numeric(10,2)`, `mood`, `text[]`. */
  readonly sqlType: string;
  /** The same below the column's domains. */
  readonly storageType?: string;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  readonly isGenerated: boolean;
  readonly isIdentityAlways: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** Labels of an enum type. */
  readonly enumLabels?: readonly string[];
  /** Bounds of smallint, integer and bigint, as decimal text. */
  readonly minimum?: string;
  readonly maximum?: string;
}
