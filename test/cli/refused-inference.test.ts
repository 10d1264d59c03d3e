/** An import into a collection that is not there yet: it is created with the job, or not at all. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openWorkplace, type Workplace, waitForOutput } from './run-waybill.ts';

const PEOPLE = 'id,name\n007,Ann\n008,Bo\n';
/** By its look, a header of numbers is a record. */
const YEARS = '2023,2024,2025\n1,2,3\n';
const NO_KEY = 'a,b\n1,2\n1,2\n';

let place: Workplace;
before(async () => {
  place = await openWorkplace();
  const server = place.start(['serve', '--port', '0', '--workers', '1']);
  await place.write('people.csv', PEOPLE);
  await place.write('keyless.csv', NO_KEY);
  await place.write('years.csv', YEARS);
  await place.write('empty.csv', '');
  await place.write('header.csv', 'id,name\n');
  const zipped = gzipSync(PEOPLE);
  await writeFile(join(place.folder, 'cut.csv.gz'), zipped.subarray(0, zipped.length - 9));
  const rows = Array.from({ length: 40_000 }, (_, id) => `${id},${randomBytes(20).toString('hex')}\n`);
  const large = gzipSync(`id,name\n${rows.join('')}`);
  await writeFile(join(place.folder, 'large.csv.gz'), large.subarray(0, large.length - 9));
  await waitForOutput(server, /waybill listens on/);
});
after(() => place.close());

const REFUSED: [readonly string[], number, RegExp][] = [
  [['people.csv', '--scope', 'account_id=7'], 64, /inferred from a file has no scope/],
  [['people.csv', '--mode', 'delete'], 1, /no collection "new1", so it has no records to delete/],
  [['people.csv', '--mode', 'update'], 1, /collection\.not_found/],
  [['keyless.csv', '--mode', 'upsert'], 64, /has no key/],
  [['people.csv', '--key', 'nothing'], 1, /collection\.invalid/],
  [['people.csv', '--stop-at', '2000-01-01T00:00:00Z'], 64, /must be later/],
  [['people.csv', '--map', 'name=nothing'], 64, /new6 has no field "nothing"/],
  [['cut.csv.gz'], 1, /format\.truncated/],
  [['empty.csv'], 1, /source\.empty/],
  [['header.csv'], 1, /cannot_infer/],
  [['people.csv', '--format', 'json'], 1, /cannot_infer/],
  [['years.csv', '--key', 'year'], 1, /no field "year"[\s\S]*This is a guess .*--header/],
];
for (const [index, [args, code, message]] of REFUSED.entries()) {
  test(`import ${args.join(' ')}: refused, and nothing was created`, async () => {
    const { stderr } = await place.run(['import', ...args, '--into', `new${index}`], { code });
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /Created/);
  });
}

test('the names of a key tell a header, whatever it looks like', async () => {
  const { stdout } = await place.run(['collections', 'infer', 'years.csv', '--key', '2023']);
  assert.match(stdout, /"key": \[\s*"2023"/);
});

test('no collection is left of any of them', async () => {
  assert.match((await place.run(['collections', 'list'])).stdout, /No collections yet/);
});

test('a job that fails after it was accepted keeps its collection, and that is said', async () => {
  const { stderr, stdout } = await place.run(['import', 'large.csv.gz', '--into', 'large'], { code: 1 });
  assert.match(stderr, /Created collection large/);
  assert.match(stdout, /format\.truncated/);
  assert.match(stderr, /"large" was created for this import and stays; "waybill collections drop large"/);
  await place.run(['collections', 'drop', 'large']);
});
