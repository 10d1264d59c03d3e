import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, FieldType } from '../../../src/collections/collection.ts';
import { createLiteralCheck } from '../../../src/collections/literal.ts';

/** A field whose source is written in German; what a request says is not. */
function fieldOf(type: FieldType): Field {
  return {
    name: 'f',
    aliases: [],
    type,
    schema: { isRequired: true, isNullable: false, maximum: '10', enum: ['7'] },
    rules: { datePatterns: ['dd.MM.yyyy'], decimalMark: ',', trueWords: ['ja'], falseWords: ['nein'] },
    column: 'f',
  };
}

const taken: [FieldType, readonly string[]][] = [
  ['text', ['', 'x', ' y ']],
  ['integer', ['0', '-12', '+7', '9223372036854775808']],
  ['number', ['1.5', '-0', '1e3']],
  ['boolean', ['true', 'F', 'yes', '0']],
  ['date', ['2024-02-29']],
  ['time', ['12:30:00', '12:30:00+01:00']],
  ['date-time', ['2024-02-29', '2024-02-29T12:00:00', '2024-02-29T12:00:00.5+01:00']],
  ['uuid', ['8c0f5a3e-1b1c-4f7e-9a43-3c7c4c1f6f10']],
  ['json', ['{"a": 1}', '{a,b}', 'left to the database']],
];
for (const [type, texts] of taken) {
  test(`${type}: what its column can be compared with is taken, whatever the schema and the source's notation`, () => {
    const check = createLiteralCheck(fieldOf(type));
    for (const text of texts) assert.equal(check(text), undefined, text);
  });
}

const refused: [FieldType, string, readonly string[]][] = [
  ['text', 'field.nul_character', ['a\0b']],
  ['integer', 'field.not_integer', ['', 'x', '1.0', "1'000"]],
  ['number', 'field.not_number', ['', '1,5', 'one']],
  ['boolean', 'field.not_boolean', ['ja', '2']],
  ['date', 'field.not_date', ['29.02.2024', '2023-02-29', '2024-02-29T12:00:00Z']],
  ['time', 'field.not_time', ['25:00:00', 'noon']],
  ['date-time', 'field.not_date_time', ['yesterday', '2024-02-30']],
  ['uuid', 'field.not_uuid', ['8c0f5a3e']],
];
for (const [type, code, texts] of refused) {
  test(`${type}: what is no value of the type is refused as an issue would say it`, () => {
    const check = createLiteralCheck(fieldOf(type));
    for (const text of texts) assert.equal(check(text)?.code, code, text);
  });
}
