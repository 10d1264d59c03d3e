/** Folders of this machine as sources and destinations: nothing half, nothing twice, nothing outside the root. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { LOCAL_TRANSPORT } from '../../../src/transfer/local/local-transport.ts';
import type { Parcel, Place } from '../../../src/transfer/transport.ts';

const base = mkdtempSync(join(tmpdir(), 'waybill-transfer-'));
after(() => rmSync(base, { recursive: true }));
const root = join(base, 'root');
const outside = join(base, 'outside');
const { signal } = new AbortController();

beforeEach(() => {
  for (const folder of [root, outside]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
});

function place(...path: string[]): Place {
  return { address: `s3://here/${path.join('/')}`, root, path };
}

function parcel(content: string, change: Partial<Parcel> = {}): Parcel {
  return {
    name: 'people.csv',
    sizeBytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
    mark: 'one',
    mayBeThere: false,
    open: async () => Readable.from([Buffer.from(content)]),
    ...change,
  };
}

test('a file is delivered into a folder that is made, and nothing but it', async () => {
  await LOCAL_TRANSPORT.deliver(place('a', 'b'), parcel('id\n1\n'), signal);
  assert.equal(readFileSync(join(root, 'a/b/people.csv'), 'utf8'), 'id\n1\n');
  assert.deepEqual(readdirSync(join(root, 'a/b')), ['people.csv']);
});

test('what has the name already is replaced as a whole', async () => {
  writeFileSync(join(root, 'people.csv'), 'an older and longer one');
  await LOCAL_TRANSPORT.deliver(place(), parcel('new'), signal);
  assert.equal(readFileSync(join(root, 'people.csv'), 'utf8'), 'new');
});

test('repeated after a crash between name and receipt it writes nothing, and clears up what a crash has left on the way', async () => {
  await LOCAL_TRANSPORT.deliver(place(), parcel('id\n1\n'), signal);
  const { ino } = statSync(join(root, 'people.csv'));
  writeFileSync(join(root, '.waybill-one-0.part'), 'ha');
  writeFileSync(join(root, '.waybill-other-0.part'), 'of another job');
  const again = parcel('id\n1\n', {
    mayBeThere: true,
    open: () => assert.fail('it is there'),
  });
  await LOCAL_TRANSPORT.deliver(place(), again, signal);
  assert.equal(statSync(join(root, 'people.csv')).ino, ino);
  assert.deepEqual(readdirSync(root), ['.waybill-other-0.part', 'people.csv']);
});

test('what arrives changed or cut never gets its name', async () => {
  for (const content of ['id\n2\n', 'id\n']) {
    const damaged = parcel('id\n1\n', { open: async () => Readable.from([Buffer.from(content)]) });
    await assert.rejects(LOCAL_TRANSPORT.deliver(place(), damaged, signal), { code: 'delivery.failed' });
    assert.deepEqual(readdirSync(root), []);
  }
});

test('a delivery that is left leaves nothing', async () => {
  const abort = new AbortController();
  const endless = parcel('', {
    open: async () =>
      Readable.from(
        (function* () {
          for (let piece = 0; ; piece += 1) {
            if (piece === 3) abort.abort(new Error('asked to cancel'));
            yield Buffer.alloc(100_000);
          }
        })(),
      ),
  });
  await assert.rejects(LOCAL_TRANSPORT.deliver(place(), endless, abort.signal));
  assert.deepEqual(readdirSync(root), []);
});

test('a root that is away is not made, and its path is told to nobody', async () => {
  rmSync(root, { recursive: true });
  await assert.rejects(LOCAL_TRANSPORT.deliver(place('a'), parcel('x'), signal), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'delivery.failed');
    assert.match(error.message, /s3:\/\/here\/a, file people\.csv could not be written: the folder is not/);
    return !error.message.includes(base);
  });
});

test('a symbolic link that leads out of the root is followed neither to write nor to read', async () => {
  writeFileSync(join(outside, 'secret.csv'), 'id\n1\n');
  symlinkSync(outside, join(root, 'out'));
  symlinkSync(join(outside, 'secret.csv'), join(root, 'people.csv'));
  symlinkSync(join(outside, 'not-yet'), join(root, 'dangling'));
  for (const folder of ['out', 'dangling']) {
    await assert.rejects(LOCAL_TRANSPORT.deliver(place(folder), parcel('x'), signal), {
      code: 'delivery.failed',
    });
    await assert.rejects(LOCAL_TRANSPORT.write(place(folder, 'log.txt'), [Buffer.from('x')]));
  }
  for (const path of [['out', 'secret.csv'], ['people.csv']]) {
    await assert.rejects(LOCAL_TRANSPORT.find(place(...path)), { code: 'source.unreadable' });
  }
  // As a name to be replaced, a link is replaced, and what it leads to stays.
  await LOCAL_TRANSPORT.deliver(place(), parcel('x'), signal);
  assert.equal(readFileSync(join(outside, 'secret.csv'), 'utf8'), 'id\n1\n');
  assert.deepEqual(readdirSync(outside), ['secret.csv']);
});

test('a link that stays inside the root is a way like another', async () => {
  mkdirSync(join(root, 'real'));
  symlinkSync(join(root, 'real'), join(root, 'linked'));
  await LOCAL_TRANSPORT.deliver(place('linked'), parcel('x'), signal);
  assert.deepEqual(readdirSync(join(root, 'real')), ['people.csv']);
});

test('a source is a file, or a folder with its files; what is missing is said by its address', async () => {
  mkdirSync(join(root, 'package/content'), { recursive: true });
  writeFileSync(join(root, 'package/manifest.json'), '{}');
  writeFileSync(join(root, 'package/content/a.html'), '<p>a</p>');
  symlinkSync(outside, join(root, 'package/out'));
  const file = await LOCAL_TRANSPORT.find(place('package', 'manifest.json'));
  assert.ok(file.kind === 'file');
  assert.deepEqual([file.sizeBytes, await text(await file.open())], [2, '{}']);
  const folder = await LOCAL_TRANSPORT.find(place('package'));
  assert.ok(folder.kind === 'folder');
  const namesBelow = async (name?: string) => {
    const names: string[] = await Readable.from(folder.list(name)).toArray();
    return names.toSorted();
  };
  assert.deepEqual(await namesBelow(), ['content/a.html', 'manifest.json']);
  assert.deepEqual(await namesBelow('content'), ['a.html']);
  for (const none of ['nothing', 'manifest.json', 'out', '..'])
    assert.deepEqual(await namesBelow(none), [], none);
  assert.equal(await text(await folder.open('content/a.html')), '<p>a</p>');
  await assert.rejects(folder.open('content/b.html'), { code: 'source.not_found' });
  await assert.rejects(folder.open('../people.csv'), { code: /^source\./ });
  await assert.rejects(LOCAL_TRANSPORT.find(place('nothing.csv')), {
    code: 'source.not_found',
    message: 'There is no file at s3://here/nothing.csv.',
    isRetryable: true,
  });
});

test('a text is replaced as a whole, and no reader sees a half', async () => {
  await LOCAL_TRANSPORT.write(place('logs', 'run.txt'), [Buffer.from('one')]);
  await LOCAL_TRANSPORT.write(place('logs', 'run.txt'), [Buffer.from('two'), Buffer.from('three')]);
  assert.equal(readFileSync(join(root, 'logs/run.txt'), 'utf8'), 'twothree');
  assert.deepEqual(readdirSync(join(root, 'logs')), ['run.txt']);
});
