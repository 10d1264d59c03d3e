import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { isAppError } from '../../../src/core/errors.ts';
import { CopyTextReader, type CopyTextRow } from '../../../src/formats/copy-text/copy-text-reader.ts';
import { decoderFor } from '../../../src/formats/decode-text.ts';
import { createTextEncoder } from '../../../src/formats/encode-text.ts';
import { guardFormula, unguardFormula } from '../../../src/formats/guard-formulas.ts';

it('COPY text decodes to the same rows however its bytes are cut', () => {
  const cell = fc.option(
    fc.string({
      unit: fc.constantFrom('a', '\\', '\t', '\n', '\r', '\b', '\v', '\f', 'N', '.', '🙂', 'é'),
      maxLength: 5,
    }),
  );
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { maxLength: 6 });
  const names: Record<string, string> = {
    '\\': '\\\\',
    '\t': '\\t',
    '\n': '\\n',
    '\r': '\\r',
    '\b': '\\b',
    '\v': '\\v',
    '\f': '\\f',
  };
  const encode = (text: string | null) =>
    text === null ? '\\N' : text.replace(/[\\\t\n\r\b\v\f]/g, (c) => names[c] as string);
  fc.assert(
    fc.property(table, fc.nat(9), (rows, step) => {
      const bytes = Buffer.from(rows.map((row) => `${row.map(encode).join('\t')}\n`).join(''));
      const reader = new CopyTextReader();
      const read: CopyTextRow[] = [];
      for (let at = 0; at < bytes.length; at += step + 1)
        read.push(...reader.push(bytes.subarray(at, at + step + 1)));
      reader.end();
      assert.deepEqual(read, rows);
    }),
    { seed: 9, numRuns: 300 },
  );
  const cut = new CopyTextReader();
  cut.push(Buffer.from('a\tb'));
  assert.throws(() => {
    cut.end();
  }, /inside a row/);
});

it('windows-1252 decodes what it encodes, for every byte that has a character', () => {
  const encode = createTextEncoder('windows-1252');
  const decode = decoderFor('windows-1252');
  for (let byte = 0; byte < 256; byte += 1) {
    const text = decode(Buffer.of(byte), 0, 1);
    assert.equal(text === undefined, [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte));
    if (text !== undefined) assert.deepEqual([...encode(`x${text}`)], [0x78, byte]);
    assert.equal(
      text,
      text === undefined ? undefined : new TextDecoder('windows-1252').decode(Buffer.of(byte)),
    );
  }
});

it('a character that the encoding does not have is an error and never a question mark', () => {
  for (const [encoding, text] of [
    ['windows-1252', 'ab→'],
    ['windows-1252', '🙂'],
    ['windows-1252', '\x81'],
    ['utf-8', '\ud800'],
    ['utf-16le', 'a\udc00'],
  ] as const) {
    assert.throws(
      () => createTextEncoder(encoding)(text),
      (error) => isAppError(error, 'format.not_encodable'),
    );
  }
  assert.deepEqual([...createTextEncoder('utf-16be')('é')], [0, 0xe9]);
  assert.deepEqual([...createTextEncoder('utf-16le')('\uFEFFé')], [0xff, 0xfe, 0xe9, 0]);
});

it('guarded formulas start with an apostrophe, and every text comes back', () => {
  for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\rx']) assert.equal(guardFormula(text), `'${text}`);
  for (const text of ['', 'x', "'x", 'a=b', ' =1']) assert.equal(guardFormula(text), text);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("'", '=', '-', 'x', '\t') }), (text) => {
      assert.equal(unguardFormula(guardFormula(text)), text);
      assert.doesNotMatch(guardFormula(text), /^[=+\-@\t\r]/);
    }),
    { seed: 10 },
  );
});
