import { plainDecimal, trimDecimal } from '../decimal.ts';
import { createFloatStorage } from './float-storage.ts';
import { createDelocalize } from './localized-number.ts';
import { type ReaderContext, type Reading, refusal, type ValueReader } from './value-reader.ts';

const NOT_INTEGER = refusal('field.not_integer');

/**
 * Whole numbers of any length, as text: an optional sign and digits. `007` and `+7` are 7; `7.0` and `7e0` are whole
 * numbers in JSON (JSON Schema 2020-12, 4.2.3) and none in text.
 */
export function createIntegerReader({ field, sqlType }: ReaderContext): ValueReader {
  const delocalize = createDelocalize(field.rules);
  const float = createFloatStorage(sqlType, field.rules);
  const finish = float?.finish ?? ((whole: string): Reading => whole);
  const readText = (text: string): Reading => {
    const plain = delocalize(text);
    if (plain === undefined || !isWhole(plain)) return NOT_INTEGER;
    return finish(plainDecimal(plain) ?? plain);
  };
  return {
    readText,
    readJson: (value) => {
      if (value.kind !== 'number') return NOT_INTEGER;
      const plain = plainDecimal(value.text);
      const whole = plain === undefined ? '' : trimDecimal(plain);
      return isWhole(whole) ? finish(whole) : NOT_INTEGER;
    },
    toKey: float?.toKey ?? ((canonical) => canonical),
  };
}

function isWhole(text: string): boolean {
  const first = text.charCodeAt(0);
  const start = first === 43 || first === 45 ? 1 : 0;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return text.length > start;
}
