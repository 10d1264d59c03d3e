/** An archive that is written while it is read, when its reader leaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as afterIo } from 'node:timers/promises';
import { type ZipEntry, zipBytes } from '../../../src/formats/zip/zip-bytes.ts';

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('text');
}

test('an archive that is left while its next entry is being found ends', { timeout: 5000 }, async () => {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield { name: 'first', bytes: content() };
    asked.resolve();
    await left.promise;
    yield { name: 'second', bytes: content() };
  }
  const bytes = zipBytes(entries());
  assert.equal((await bytes.next()).done, false);
  await asked.promise;
  const ended = bytes.return();
  // By then everybody who listens has been told that it was left.
  await afterIo();
  left.resolve();
  assert.equal((await ended).done, true);
});
