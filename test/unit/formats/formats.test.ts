import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { exerciseFormat } from './exercise-format.ts';
import { CSV, JSON_ARRAY, JSONL } from './reading.ts';

exerciseFormat('csv', {
  dialects: [
    CSV,
    { ...CSV, hasHeader: false },
    { ...CSV, delimiter: '§', lineEnd: '\r\n' },
    { ...CSV, delimiter: ';', quote: "'", escape: '\\', lineEnd: '\r' },
    { ...CSV, delimiter: '\t', quote: '🙂', escape: '🙂', hasHeader: false },
  ],
  alphabet: [
    'a',
    'b',
    ',',
    ';',
    '"',
    '""',
    "'",
    '\\',
    '\n',
    '\r',
    '\r\n',
    '\xc2\xa7',
    '\xc2',
    '\xff',
    '\xf0\x9f\x99\x82',
    '\t',
    ' ',
    'aaaaaaaaaaaa',
  ],
  lineEnd: /\r\n|\r|\n/g,
  // A line of blanks is no record, nor what marks the end of the source.
  between: /^[\r\n \t]*(?:\p{Cc}|\\\.)?[\r\n]*$/u,
  hasTypes: false,
});
exerciseFormat('jsonl', {
  dialects: [JSONL],
  alphabet: [
    '{',
    '}',
    '{"a":1}',
    '{"b":"x",',
    '"c":[1]}',
    '\n',
    '\r\n',
    ' ',
    '"',
    '\\',
    ',',
    '\xff',
    '[[[[]]]]',
    '"aaaaaaaaaaaaaaaaa"',
    '{"a":1,"a":2}',
  ],
  lineEnd: /\n/g,
  between: /^[ \t\r\n]*$/,
  hasTypes: true,
});
exerciseFormat('json', {
  dialects: [JSON_ARRAY],
  alphabet: [
    '[',
    '[{"a":1},',
    ']',
    '{',
    '}',
    '{"a":1}',
    '{"b":"x",',
    '"c":[1]}',
    '\n',
    ' ',
    '"',
    '\\',
    ',',
    ',',
    '\xff',
    '1',
    '"aaaaaaaaaaaaaaaaa"',
  ],
  lineEnd: /\n/g,
  between: /^[ \t\r\n,[\]]*$/,
  hasTypes: true,
});

it('an unknown format is refused with the list of those there are', () => {
  assert.throws(
    () => formatByName('xml'),
    (error) => isAppError(error, 'format.unknown') && /csv, jsonl, json/.test(error.message),
  );
  assert.throws(
    () =>
      formatByName('csv').createReader({
        dialect: JSONL,
        limits: { maxDepth: 1, maxFields: 1, maxRecordBytes: 1 },
      }),
    (error) => isAppError(error, 'format.invalid_option'),
  );
});
