import type { FieldRules } from '../collection.ts';
import { MAX_FLOAT_EXPONENT, plainDecimal, trimDecimal } from '../decimal.ts';
import type { SqlType } from '../sql-type.ts';
import { createFloatStorage } from './float-storage.ts';
import { createDelocalize } from './localized-number.ts';
import { type ReaderContext, type Reading, refusal, type ValueReader } from './value-reader.ts';

const NOT_NUMBER = refusal('field.not_number');

/** Decimal numbers, exact: the digits of the source stay as they are (`1.10` is not cut to `1.1`). */
export function createNumberReader({ field, sqlType }: ReaderContext): ValueReader {
  const delocalize = createDelocalize(field.rules);
  const { finish, toKey, maxExponent } = storage(sqlType, field.rules);
  const readPlain = (text: string): Reading => {
    const plain = plainDecimal(text, maxExponent);
    return plain === undefined ? NOT_NUMBER : finish(plain);
  };
  return {
    readText: (text) => {
      const plain = delocalize(text);
      return plain === undefined ? NOT_NUMBER : readPlain(plain);
    },
    // Marks are a matter of text: a JSON number has a point whatever the rules say.
    readJson: (value) => (value.kind === 'number' ? readPlain(value.text) : NOT_NUMBER),
    toKey,
  };
}

interface Storage {
  readonly finish: (plain: string) => Reading;
  readonly toKey: (canonical: string) => string;
  /** Default: that of exact numbers. */
  readonly maxExponent?: number;
}

function storage(sqlType: SqlType, rules: FieldRules): Storage {
  const float = createFloatStorage(sqlType, rules);
  if (float !== undefined) return { ...float, maxExponent: MAX_FLOAT_EXPONENT };
  // An integer column takes no fraction, not even `.0`.
  if (INTEGER_TYPES.has(sqlType.base)) return { finish: trimDecimal, toKey: (canonical) => canonical };
  return { finish: (plain) => plain, toKey: trimDecimal };
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);
