import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textLines } from '../../../src/formats/jsonl/text-lines.ts';

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const found = [];
  for await (const line of lines) found.push(line);
  return found;
}

test('lines end at LF alone, wherever the bytes are cut', async () => {
  const lines = ['{"a":"\u2028\u2029"}', '', 'ä€😀', 'x'.repeat(50)];
  for (const size of [1, 2, 3, 10, 1000]) {
    assert.deepEqual(await collect(textLines(cut(lines.join('\n'), size))), lines);
    assert.deepEqual(await collect(textLines(cut(`${lines.join('\n')}\n`, size))), lines);
  }
  assert.deepEqual(await collect(textLines(cut('', 1))), []);
});
