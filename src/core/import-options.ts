/**
 * The options of an import or a validation: the one table from which their type, the API's schema, what a request that leaves them out means,
 * and the flags of the command line come. A further option is a line here.
 */

/**
 * insert: a key that exists is an error. update: a key that does not exist is an error. upsert: either. delete: the
 * record names what to delete. replace: upsert, then delete what the file did not name (inside the scope).
 */
export const IMPORT_MODES = ['insert', 'update', 'upsert', 'delete', 'replace'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** How long a write waits for a lock. */
export const DEFAULT_LOCK_TIMEOUT_MS = 5000;

const FLAG = { type: 'boolean' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const POSITIVE = { type: 'integer', minimum: 1 } as const;

/** A flag of `waybill import` and `waybill validate`. */
export interface OptionFlag {
  /** As the help shows it: `--max-deletes <n>`. */
  readonly usage: string;
  readonly help: string;
}

interface OptionRule {
  /** JSON Schema of its value. */
  readonly schema:
    | { readonly enum: readonly string[] }
    | { readonly type: 'boolean' }
    | { readonly type: 'integer' | 'number'; readonly minimum: number; readonly maximum?: number };
  /** For the API's document; says what it means to leave it out, where that is more than nothing. */
  readonly text: string;
  /** What it is where nothing is said. Without one it is absent then. */
  readonly byDefault?: string | number | boolean;
  /** Absent: the command line has none, or one of its own. */
  readonly flag?: OptionFlag;
}

export const IMPORT_OPTIONS = {
  mode: {
    schema: { enum: IMPORT_MODES },
    text: 'Default `upsert`, or `insert` if the collection has no key.',
    byDefault: 'upsert',
    flag: {
      usage: '--mode <mode>',
      help: 'how to write (default: upsert, or insert if the collection has no key)',
    },
  },
  /** chunk: each chunk lands by itself. all: everything lands in one transaction at the end, or nothing. */
  atomicity: {
    schema: { enum: ['chunk', 'all'] },
    text: 'What is written in one transaction. Default `chunk`.',
    byDefault: 'chunk',
    flag: {
      usage: '--atomicity <what>',
      help: 'what is written in one transaction: each chunk, or everything',
    },
  },
  duplicates: {
    schema: { enum: ['error', 'first', 'last'] },
    text: 'Which record counts if a key occurs twice. Default `error`: the first; the others are rejected.',
    byDefault: 'error',
    flag: { usage: '--duplicates <policy>', help: 'what to do if a key occurs twice in the file' },
  },
  maxErrors: {
    schema: COUNT,
    text: 'Stop when more records than this are rejected.',
    /** It takes the other one, too: a share in percent. */
    flag: {
      usage: '--max-errors <n|p%>',
      help: 'stop after more rejected records than this number or share (a share is checked every 1,000 records and at the end)',
    },
  },
  /** Looked at every 1,000 records, and at the end. */
  maxErrorShare: {
    schema: { type: 'number', minimum: 0, maximum: 1 },
    text: 'Stop when a greater share of the records is rejected.',
  },
  /** In all parts together, once they are counted. */
  maxRecords: { schema: COUNT, text: 'With more records the job fails before anything is written.' },
  allowNothingAccepted: {
    schema: FLAG,
    text: 'Succeed even if every record was rejected.',
    byDefault: false,
    flag: { usage: '--allow-nothing-accepted', help: 'succeed even if every record was rejected' },
  },
  /** More fails the job before anything is deleted. */
  maxDeletes: {
    schema: COUNT,
    text: 'Mode `replace`: delete at most this many rows.',
    flag: { usage: '--max-deletes <n>', help: 'mode replace: delete at most this many rows' },
  },
  /** The keys of rejected records are never deleted. */
  replaceDespiteErrors: {
    schema: FLAG,
    text: 'Mode `replace`: continue even if records were rejected.',
    byDefault: false,
    flag: {
      usage: '--replace-despite-errors',
      help: 'mode replace: continue even if records were rejected',
    },
  },
  replaceByNothing: {
    schema: FLAG,
    text: 'Mode `replace`: an empty source deletes everything in the scope.',
    byDefault: false,
    flag: { usage: '--replace-by-nothing', help: 'mode replace: let an empty file delete everything' },
  },
  rowsPerSecond: {
    schema: POSITIVE,
    text: 'Maximum speed.',
    flag: { usage: '--rows-per-second <n>', help: 'maximum speed' },
  },
  /** PostgreSQL's `lock_timeout` for writes, in milliseconds. */
  lockTimeoutMs: {
    schema: { type: 'integer', minimum: 1, maximum: 3_600_000 },
    text: `How long a write waits for a lock. Default ${DEFAULT_LOCK_TIMEOUT_MS.toLocaleString('en-US')}.`,
    byDefault: DEFAULT_LOCK_TIMEOUT_MS,
    flag: {
      usage: '--lock-timeout <ms>',
      help: `how long to wait for a lock in the target (default ${DEFAULT_LOCK_TIMEOUT_MS})`,
    },
  },
  /** Flags of `waybill validate` alone. */
  effects: {
    schema: FLAG,
    text: 'Validation: also count how many records would be created, updated or left unchanged. Default: below 100,000 records.',
  },
  allowConcurrent: {
    schema: FLAG,
    text: 'Run beside other writing jobs on the collection and scope.',
    byDefault: false,
    flag: {
      usage: '--allow-concurrent',
      help: 'run at the same time as other writing jobs on the same collection and scope',
    },
  },
  guardFormulas: {
    schema: FLAG,
    text: '`issues.csv` and failed rows as CSV: put an apostrophe before text that a spreadsheet would run as a formula. Default false.',
    flag: {
      usage: '--guard-formulas',
      help: 'issues.csv and failed.csv: put an apostrophe before text that a spreadsheet would run as a formula',
    },
  },
  /** Without it those that stand behind are only told. */
  advanceSequences: {
    schema: FLAG,
    text: 'Import: advance sequences past the imported ids.',
    flag: { usage: '--advance-sequences', help: 'advance sequences past the imported ids' },
  },
} as const satisfies Readonly<Record<string, OptionRule>>;

export type ImportOptionName = keyof typeof IMPORT_OPTIONS;
export const IMPORT_OPTION_NAMES = Object.keys(IMPORT_OPTIONS) as readonly ImportOptionName[];

type Rules = typeof IMPORT_OPTIONS;
type ValueOf<Schema> = Schema extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : Schema extends { readonly type: 'boolean' }
    ? boolean
    : number;
type Filled = {
  [Name in ImportOptionName]: Rules[Name] extends { readonly byDefault: unknown } ? Name : never;
}[ImportOptionName];

/** What an import or a validation is asked to do: what a request leaves out is filled in, where the table has a default. */
export type ImportOptions = {
  readonly [Name in Filled]: ValueOf<Rules[Name]['schema']>;
} & {
  readonly [Name in Exclude<ImportOptionName, Filled>]?: ValueOf<Rules[Name]['schema']>;
};

/** What lands together. */
export type Atomicity = ImportOptions['atomicity'];
/** What happens when a key occurs more than once in a file. error: the first counts, the others are rejected. */
export type DuplicatePolicy = ImportOptions['duplicates'];

/** The import options among the members of a request. */
export function givenImportOptions(request: Partial<ImportOptions>): Partial<ImportOptions> {
  return Object.fromEntries(
    IMPORT_OPTION_NAMES.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
}

/** What a request leaves out is filled in. */
export function fillImportOptions(request: Partial<ImportOptions>): ImportOptions {
  const filled = IMPORT_OPTION_NAMES.flatMap((name) => {
    const rule: OptionRule = IMPORT_OPTIONS[name];
    const value = request[name] ?? rule.byDefault;
    return value === undefined ? [] : [[name, value] as const];
  });
  // Whole, since each option without a default may be absent.
  return Object.fromEntries(filled) as unknown as ImportOptions;
}
