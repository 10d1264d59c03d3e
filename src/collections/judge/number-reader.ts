import { MAX_FLOAT_EXPONENT, plainDecimal, trimDecimal } from '../decimal.ts';
import { createDelocalize } from './localized-number.ts';
import { type ReaderContext, type Reading, refusal, type ValueReader } from './value-reader.ts';

const NOT_NUMBER = refusal('field.not_number');
const OUT_OF_RANGE = refusal('field.out_of_range', { expected: 'that the column can hold' });

/** Decimal numbers, exact: the digits of the source stay as they are (`1.10` is not cut to `1.1`). */
export function createNumberReader({ field, sqlType }: ReaderContext): ValueReader {
  const delocalize = createDelocalize(field.rules);
  const { finish, toKey, maxExponent } = storage(sqlType.base);
  const readPlain = (text: string): Reading => {
    const plain = plainDecimal(text, maxExponent);
    return plain === undefined ? NOT_NUMBER : finish(plain);
  };
  return {
    readText: (text) => {
      const plain = delocalize === undefined ? text : delocalize(text);
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

function storage(base: string): Storage {
  if (base === 'double precision') return floatStorage((value) => value);
  if (base === 'real') return floatStorage(Math.fround);
  // An integer column takes no fraction, not even `.0`.
  if (INTEGER_TYPES.has(base)) return { finish: trimDecimal, toKey: (canonical) => canonical };
  return { finish: (plain) => plain, toKey: trimDecimal };
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);

/** Floats round by nature; what they cannot hold at all (too big, or too small to differ from 0) is refused. */
function floatStorage(round: (value: number) => number): Storage {
  return {
    finish: (plain) => {
      const value = round(Number(plain));
      return Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(plain)) ? plain : OUT_OF_RANGE;
    },
    toKey: (canonical) => String(round(Number(canonical))),
    maxExponent: MAX_FLOAT_EXPONENT,
  };
}
