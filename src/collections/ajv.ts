/** Ajv for what is not one text: nested values, and keywords that span fields. It never coerces. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DateParser } from './date-parts.ts';
import { createDateParts } from './date-parts.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from './iso-date.ts';
import { compilePattern } from './pattern.ts';
import { TEXT_FORMATS } from './text-format.ts';

/** The first thing that is wrong with a value (`/tags/0 must be string`), or undefined. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** @throws Error with the reason when the schema does not compile */
export function compileSchema(schema: unknown): SchemaCheck {
  const validate: ValidateFunction = createAjv().compile(schema as object);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return `${error?.instancePath ? `${error.instancePath} ` : ''}${error?.message ?? 'is not valid'}`;
  };
}

/** One for each schema: a shared one would keep every schema it ever compiled, and refuse a second `$id`. */
function createAjv(): Ajv2020 {
  return new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: true,
    logger: false,
    // Untrusted patterns must not backtrack here either.
    code: { regExp: Object.assign(createMatcher, { code: 'linearPattern' }) },
    formats: { ...Object.fromEntries(TEXT_FORMATS), ...dateFormats() },
  });
}

function createMatcher(pattern: string): { test: (text: string) => boolean } {
  return { test: compilePattern(pattern) };
}

function dateFormats(): Record<string, (text: string) => boolean> {
  const parts = createDateParts();
  const by = (parse: DateParser, isZoned: boolean) => (text: string) =>
    parse(text, parts) === 'ok' && (!isZoned || !Number.isNaN(parts.offsetMinutes));
  const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
  return {
    date: by(parseIsoDate, false),
    time: by(parseIsoTime, false),
    'date-time': by(parseIsoDateTime, true),
    uuid: (text) => uuid.test(text),
  };
}
