/**
 * Kinds of settings. One entry of the table in `settings.ts` says how a value is read, what it is by default, and what
 * people are told about it: parsing, the JSON Schema for editors and the documentation all come from it.
 */
import { isAbsolute, resolve } from 'node:path';

export interface Setting<T> {
  readonly doc: string;
  /** What the setting is when nobody sets it; undefined: not set. */
  readonly fallback: T;
  /** The default as documentation shows it. */
  readonly fallbackText: string;
  /** JSON Schema of the value in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Never printed. */
  readonly isSecret: boolean;
  /** Environment variable where it is not derived from the key. */
  readonly variable?: string;
  /**
   * Reads a value of the file, or a text of the environment or command line. `base` is the folder that relative paths start from.
   *
   * @throws Error whose message says what was expected.
   */
  parse(raw: unknown, base: string): T;
}

interface Extras {
  readonly variable?: string;
  readonly isSecret?: boolean;
}

function create<T>(
  doc: string,
  fallback: T,
  fallbackText: string,
  schema: Setting<T>['schema'],
  parse: Setting<T>['parse'],
  extras: Extras = {},
): Setting<T> {
  return { doc, fallback, fallbackText, schema, isSecret: false, ...extras, parse };
}

function expectText(raw: unknown): string {
  if (typeof raw === 'string' && raw !== '') return raw;
  throw new Error(`expected a text, got ${JSON.stringify(raw)}`);
}

/** A path; relative ones start at the folder of the configuration file, or the working folder for variables and options. */
export function pathSetting(fallback: string, doc: string, extras?: Extras): Setting<string> {
  const parse = (raw: unknown, base: string) => {
    const path = expectText(raw);
    return isAbsolute(path) ? path : resolve(base, path);
  };
  return create(doc, fallback, `"${fallback}"`, { type: 'string' }, parse, extras);
}

/** A path that may be left out. */
export function optionalPath(doc: string, extras?: Extras): Setting<string | undefined> {
  const parse = (raw: unknown, base: string) => resolve(base, expectText(raw));
  return create<string | undefined>(doc, undefined, 'not set', { type: 'string' }, parse, extras);
}

/** A text; `check` throws for one that is none of its kind. */
export function textSetting(fallback: string, doc: string, check: (text: string) => void): Setting<string> {
  const parse = (raw: unknown) => {
    const text = expectText(raw);
    check(text);
    return text;
  };
  return create(doc, fallback, `"${fallback}"`, { type: 'string' }, parse);
}

/** A text that may be left out. `check` throws for a text that is none of its kind. */
export function optionalText(
  doc: string,
  check: (text: string) => void,
  extras?: Extras,
): Setting<string | undefined> {
  const parse = (raw: unknown) => {
    const text = expectText(raw);
    check(text);
    return text;
  };
  return create<string | undefined>(doc, undefined, 'not set', { type: 'string' }, parse, extras);
}

export function choiceSetting<T extends string>(
  choices: readonly T[],
  fallback: T,
  doc: string,
  extras?: Extras,
): Setting<T> {
  const parse = (raw: unknown) => {
    if (choices.includes(raw as T)) return raw as T;
    throw new Error(`expected one of ${choices.join(', ')}, got ${JSON.stringify(raw)}`);
  };
  return create(doc, fallback, `"${fallback}"`, { enum: choices }, parse, extras);
}

export function integerSetting(
  range: { minimum: number; maximum: number },
  fallback: number,
  doc: string,
  extras: Extras & { fallbackText?: string } = {},
): Setting<number> {
  const parse = (raw: unknown) => {
    const value = typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw;
    if (Number.isSafeInteger(value) && Number(value) >= range.minimum && Number(value) <= range.maximum) {
      return Number(value);
    }
    throw new Error(
      `expected a whole number from ${range.minimum} to ${range.maximum}, got ${JSON.stringify(raw)}`,
    );
  };
  const { fallbackText = String(fallback), ...rest } = extras;
  return create(doc, fallback, fallbackText, { type: 'integer', ...range }, parse, rest);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A number of bytes: `1048576`, or a text such as `"512MiB"`. */
export function bytesSetting(fallback: string, doc: string): Setting<number> {
  const schema = {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^\\d+ ?([KMGT]i)?B?$' },
    ],
  };
  return create(doc, parseBytes(fallback), `"${fallback}"`, schema, parseBytes);
}

function parseBytes(raw: unknown): number {
  const match = /^(\d+) ?(B|KiB|MiB|GiB|TiB)?$/.exec(String(raw));
  const bytes = Number(match?.[1]) * (BYTE_UNITS[match?.[2] ?? 'B'] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new Error(`expected a number of bytes such as 1048576 or "512MiB", got ${JSON.stringify(raw)}`);
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration such as `"7d"`; becomes milliseconds. */
export function durationSetting(fallback: string, doc: string): Setting<number> {
  const schema = { type: 'string', pattern: '^\\d+[smhd]$' };
  return create(doc, parseDuration(fallback), `"${fallback}"`, schema, parseDuration);
}

function parseDuration(raw: unknown): number {
  const match = /^(\d+)([smhd])$/.exec(String(raw));
  const ms = Number(match?.[1]) * (DURATION_UNITS_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw new Error(`expected a duration such as "90s", "15m", "12h" or "7d", got ${JSON.stringify(raw)}`);
}

/** Texts; in the environment with commas between them. `check` throws for a text that is none of its kind. */
export function listSetting(doc: string, check: (text: string) => void): Setting<readonly string[]> {
  const schema = { type: 'array', items: { type: 'string' } };
  const parse = (raw: unknown) => {
    const list: unknown = typeof raw === 'string' ? raw.split(',').map((text) => text.trim()) : raw;
    if (!Array.isArray(list)) throw new Error(`expected a list of texts, got ${JSON.stringify(raw)}`);
    for (const text of list) check(expectText(text));
    return list as readonly string[];
  };
  return create<readonly string[]>(doc, [], '[]', schema, parse);
}

/** Names with a value each. In the environment: the object as JSON. `item` reads one value, and may refuse its name. */
export function mapSetting<T>(
  doc: string,
  itemSchema: Readonly<Record<string, unknown>>,
  item: (raw: unknown, base: string, name: string) => T,
  extras?: Extras,
): Setting<Readonly<Record<string, T>>> {
  const schema = { type: 'object', additionalProperties: itemSchema };
  const parse = (raw: unknown, base: string) => {
    const object = typeof raw === 'string' ? parseJson(raw) : raw;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      throw new Error('expected an object of names and values');
    }
    return Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, named(name, () => item(value, base, name))]),
    );
  };
  return create<Readonly<Record<string, T>>>(doc, {}, '{}', schema, parse, extras);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`expected JSON: ${(error as Error).message}`, { cause: error });
  }
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`"${name}": ${(error as Error).message}`, { cause: error });
  }
}
