import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_READ_LIMITS, type SourceValue } from '../../../src/formats/format.ts';
import { readArrayMember } from '../../../src/formats/json/read-array-member.ts';

interface Found {
  readonly elements: readonly Readonly<Record<string, SourceValue>>[];
  readonly rest: unknown;
}

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 7): Promise<Found> {
  const found = readArrayMember(cut(text, size), 'objects', DEFAULT_READ_LIMITS);
  const elements = [];
  for (let next = await found.next(); ; next = await found.next()) {
    if (next.done === true) return { elements, rest: next.value };
    elements.push(Object.fromEntries(next.value));
  }
}

test('elements come one by one, and the rest of the document at the end, wherever the bytes are cut', async () => {
  const text = `\uFEFF{"version": 1, "options": {"objects": [1, "]"]}, "o\\u0062jects" : [
    {"self": {"id": "ä]}"}, "n": 12345678901234567890}, {"text": "a \\" [ \u2028"}
  ], "tail": ["objects", {"x": 2}]}`;
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const { elements, rest } = await read(text, size);
    assert.deepEqual(elements, [
      {
        self: { kind: 'object', text: '{"id": "ä]}"}' },
        n: { kind: 'number', text: '12345678901234567890' },
      },
      { text: 'a " [ \u2028' },
    ]);
    assert.deepEqual(rest, {
      version: 1,
      options: { objects: [1, ']'] },
      objects: [],
      tail: ['objects', { x: 2 }],
    });
  }
});

test('an empty array has no elements', async () => {
  assert.deepEqual(await read('{"objects":[]}'), { elements: [], rest: { objects: [] } });
});

const REFUSED = {
  'an array': '[{"a":1}]',
  'an object without the array': '{"version":1}',
  'another value in its place': '{"objects":{"a":1}}',
  'a text that is cut in the array': '{"objects":[{"a":1},{"a"',
  'a text that is cut behind an element': '{"objects":[{"a":1}',
  'a text that is cut behind the array': '{"objects":[{"a":1}]',
  'an element that is no object': '{"objects":[1]}',
  'an element that is no JSON': '{"objects":[{"a":nope}]}',
  'elements without a comma': '{"objects":[{"a":1} {"a":2}]}',
  'brackets that do not fit': '{"objects":[{"a":[1}]]}',
  'two arrays of the name': '{"objects":[{"a":1}],"objects":[{"a":2}]}',
  'a rest that is no JSON': '{"objects":[], nope}',
  'something behind the document': '{"objects":[]} {}',
  'no text at all': '',
};

for (const [what, text] of Object.entries(REFUSED)) {
  test(`${what} is refused`, async () => {
    await assert.rejects(read(text), { code: 'source.unreadable' });
  });
}

test('what stands beside the array has a limit, and the array has none', async () => {
  const long = 'x'.repeat(1024 * 1024);
  const { elements } = await read(`{"objects":[{"a":"${long}"},{"a":"${long}"}]}`, 64 * 1024);
  assert.equal(elements.length, 2);
  await assert.rejects(read(`{"a":"${long}","objects":[]}`, 64 * 1024), { code: 'format.limit_exceeded' });
});
