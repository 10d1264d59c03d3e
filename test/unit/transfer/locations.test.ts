/** Addresses and the folders that stand for them: what is no way below a root is refused, whatever it looks like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResolver } from '../../../src/transfer/locations.ts';

const resolve = createResolver({
  's3://bucket/': '/srv/bucket',
  's3://bucket/private/': '/srv/private',
  'file:///data/': '/data',
});

test('the longest prefix that fits counts, and what comes behind it is the way', () => {
  const cases: readonly [address: string, root: string, path: readonly string[]][] = [
    ['s3://bucket/', '/srv/bucket', []],
    ['s3://bucket', '/srv/bucket', []],
    ['s3://bucket/a/b.csv', '/srv/bucket', ['a', 'b.csv']],
    ['s3://bucket/a/b/', '/srv/bucket', ['a', 'b']],
    ['s3://bucket/private/x', '/srv/private', ['x']],
    ['s3://bucket/privates/x', '/srv/bucket', ['privates', 'x']],
    ['file:///data/ü 100%25.csv', '/data', ['ü 100%25.csv']],
  ];
  for (const [address, root, path] of cases)
    assert.deepEqual(resolve(address, 'source'), { address, root, path });
});

test('an address that no prefix fits is refused by its name', () => {
  for (const address of [
    's3://bucket2/x',
    's3://',
    'sftp://bucket/x',
    '/srv/bucket/x',
    '',
    'S3://bucket/x',
  ]) {
    assert.throws(() => resolve(address, 'source'), {
      code: 'source.unknown_location',
      details: { address },
    });
    assert.throws(() => resolve(address, 'destination'), { code: 'destination.unknown_location' });
  }
});

test('what would lead out of the root is refused, also encoded, and so are empty names and NUL', () => {
  const rests = [
    '..',
    '../x',
    'a/../../x',
    './x',
    'a//b',
    '/etc/passwd',
    'a\\..\\x',
    '%2e%2e/x',
    '%2E./x',
    '..%2fx',
    '%252e%252e/x',
    'a%5cb',
    'a\0b',
    'a%00b',
    'a\nb',
  ];
  for (const rest of rests) {
    assert.throws(
      () => resolve(`s3://bucket/${rest}`, 'destination'),
      { code: 'destination.unknown_location' },
      JSON.stringify(rest),
    );
  }
});

test('what is longer than a name or a key may be is refused, and what is just as long is not', () => {
  const deep = 'x/'.repeat(511);
  for (const rest of ['x'.repeat(255), `${deep}xx`, 'é'.repeat(127)]) {
    assert.equal(resolve(`s3://bucket/${rest}`, 'destination').path.join('/'), rest);
  }
  for (const rest of ['x'.repeat(256), `${deep}xxx`, 'é'.repeat(128)]) {
    assert.throws(() => resolve(`s3://bucket/${rest}`, 'destination'), {
      code: 'destination.unknown_location',
      message: /longer than 1024 bytes, or a name in it is longer than 255/,
    });
  }
});

test('a password in an address is refused and not repeated', () => {
  assert.throws(
    () => resolve('sftp://me:hunter2@bucket/x', 'source'),
    (error: Error) => !JSON.stringify([error, error.message]).includes('hunter2'),
  );
});
