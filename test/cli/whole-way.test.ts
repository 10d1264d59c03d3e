/** The main way of a person: import without anything prepared, look, repair, export; each command starts its own server, or uses the one that runs. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { collect, openWorkplace, type Workplace, waitForOutput } from './run-waybill.ts';

const PEOPLE = 'id,name,born\n007,Ann,1990-01-02\n008,"Bo, the second",1991-02-03\n009,Cy,\n';

let place: Workplace;
before(async () => {
  place = await openWorkplace();
  await place.write('people.csv', PEOPLE);
});
after(() => place.close());

test('a file is imported into a collection that is inferred from it, and comes out as it went in', async () => {
  const { stdout, stderr } = await place.run(['import', 'people.csv', '--into', 'people']);
  assert.match(stderr, /id +text +007 has a leading zero/);
  assert.match(stderr, /Created collection people, version 1:\n +field +column +type\n +id +id +text\n/);
  assert.match(stdout, /import into people: succeeded.*\n {2}3 records: 3 created\n/);

  await place.run(['export', 'people', '--out', 'out/people.csv']);
  const exported = await readFile(join(place.folder, 'out/people.csv'), 'utf8');
  assert.equal(exported.replaceAll('\r\n', '\n'), PEOPLE);

  const filtered = await place.run([
    'export',
    'people',
    '--format',
    'jsonl',
    '--fields',
    'id',
    '--filter',
    'name like B%',
  ]);
  assert.equal(filtered.stdout, '{"id":"008"}\n');
});

test('standard input is a source, and the same again changes nothing', async () => {
  const { stdout } = await place.run(['import', '-', '--into', 'people', '--json'], { input: PEOPLE });
  const job = JSON.parse(stdout);
  assert.deepEqual([job.state, job.completeness, job.outcomes.unchanged], ['succeeded', 'all', 3]);
});

test('who reads the output may stop before its end', async () => {
  for (const args of [
    ['export', 'people'],
    ['collections', 'show', 'people'],
  ]) {
    const child = place.start(args);
    child.stdout?.destroy();
    const { code, stderr } = await collect(child);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /EPIPE/);
  }
});

test('what cannot be done is one line also where the server is the command’s own', async () => {
  for (const args of [
    ['export', 'nothing'],
    ['job', '4711'],
  ])
    await failsInOneLine(args, /not_found/);
});

describe('where a server runs, commands', () => {
  let server: ChildProcess;
  before(async () => {
    server = place.start(['serve', '--port', '0', '--workers', '1']);
    await waitForOutput(server, /waybill listens on/);
  });
  after(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  });

  test('a result is what the name of its file says, unless one says otherwise', async () => {
    await place.run(['export', 'people', '--out', 'ids.jsonl.gz', '--fields', 'id']);
    const unpacked = gunzipSync(await readFile(join(place.folder, 'ids.jsonl.gz'))).toString();
    assert.equal(unpacked, '{"id":"007"}\n{"id":"008"}\n{"id":"009"}\n');

    const plain = ['--format', 'csv', '--compress', 'none'];
    await place.run(['export', 'people', '--out', 'plain.json.gz', '--fields', 'id', ...plain]);
    assert.match(await readFile(join(place.folder, 'plain.json.gz'), 'utf8'), /^"id"\r?\n"007"/);
  });

  test('an export goes into a pipe and through a link, and leaves both in place; a folder is refused', async () => {
    const pipe = join(place.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const received = readFile(pipe, 'utf8');
    await place.run(['export', 'people', '--out', 'pipe']);
    assert.equal((await received).replaceAll('\r\n', '\n'), PEOPLE);
    assert.ok((await lstat(pipe)).isFIFO());

    await place.write('linked.csv', '');
    await symlink('linked.csv', join(place.folder, 'link.csv'));
    await place.run(['export', 'people', '--out', 'link.csv']);
    assert.ok((await lstat(join(place.folder, 'link.csv'))).isSymbolicLink());
    assert.equal((await readFile(join(place.folder, 'linked.csv'), 'utf8')).replaceAll('\r\n', '\n'), PEOPLE);

    assert.match((await place.run(['export', 'people', '--out', '.'], { code: 64 })).stderr, /is a folder/);
  });

  test('a result that cannot be written where it should go says so, and is kept', async () => {
    await place.write('plain', '');
    const refused = await place.run(['export', 'people', '--out', 'plain/people.csv'], { code: 64 });
    assert.match(refused.stderr, /plain\/people\.csv cannot be written.*\(usage\.invalid\)/);
    const [, number = ''] =
      /keeps its results; get them with: waybill download (\d+)\n/.exec(refused.stderr) ?? [];
    await place.run(['download', number, 'people.csv', '--out', 'kept.csv']);
    assert.match(
      (await place.run(['export', 'people', '--out', '/dev/full'], { code: 1 })).stderr,
      /storage\.full/,
    );
    // Where the file cannot even be opened.
    const args = ['download', number, 'people.csv', '--out', '/proc/people.csv'];
    assert.match((await place.run(args, { code: 64 })).stderr, /cannot be written.*\(usage\.invalid\)/);

    const template = ['collections', 'template', 'people', '--out'];
    assert.match((await place.run([...template, 'plain'], { code: 64 })).stderr, /plain already exists/);
    assert.match((await place.run([...template, 'nowhere/a'], { code: 64 })).stderr, /cannot be written/);
    assert.equal((await place.run([...template, '-'])).stdout, 'id,name,born\r\n');
  });

  test('rejected records give exit code 2, their reasons, and a file that is accepted once it is repaired', async () => {
    await place.write('more.csv', 'id,name,born\n010,Di,1992-13-01\n011,Ed,1993-01-01\n');
    const checked = await place.run(['validate', 'more.csv', '--into', 'people'], { code: 2 });
    assert.match(checked.stdout, /would be created, 1 rejected/);
    const { stdout } = await place.run(['import', 'more.csv', '--into', 'people'], { code: 2 });
    assert.match(stdout, /1 × born: .*field\.not_date/);
    const number = /^Job (\d+)/.exec(stdout)?.[1] ?? '';

    const issues = JSON.parse((await place.run(['issues', number, '--json'])).stdout);
    assert.deepEqual(
      issues.issues.map((issue: { record: number; value: string }) => [issue.record, issue.value]),
      [[1, '1992-13-01']],
    );
    for (const [key, found] of [
      ['010', 1],
      ['011', 0],
    ] as const) {
      const ofKey = JSON.parse((await place.run(['issues', number, '--key', key, '--json'])).stdout);
      assert.equal(ofKey.issues.length, found);
    }

    assert.match(stdout, new RegExp(`waybill failed ${number} --out failed\\.csv\n`));
    const failed = (await place.run(['failed', number])).stdout;
    assert.match(failed, /^waybill_job,waybill_record,waybill_issues,id,name,born/);
    await place.write('repaired.csv', failed.replace('1992-13-01', '1992-12-01'));
    const corrected = JSON.parse((await place.run(['correct', number, 'repaired.csv', '--json'])).stdout);
    assert.equal(corrected.outcomes.created, 1);
    assert.match((await place.run(['job', String(corrected.number)])).stdout, /correction of[^]*succeeded/);
  });

  test('a column of another name is mapped, and the others still find their way', async () => {
    await place.write('other.csv', 'id,Full Name,born\n020,Flo,1990-01-01\n');
    await place.run(['import', 'other.csv', '--into', 'people', '--map', 'Full Name=name']);
    const { stdout } = await place.run([
      'export',
      'people',
      '--fields',
      'name,born',
      '--filter',
      'id = 020',
      '--no-header',
    ]);
    assert.equal(stdout.trim(), 'Flo,1990-01-01');
  });

  test('an encoding that was guessed is said with the result, and stands in the job', async () => {
    const bytes = Buffer.from('id,name,born\n025,Zoë,1990-01-01\n', 'latin1');
    await writeFile(join(place.folder, 'latin.csv'), bytes);
    const { stdout } = await place.run(['import', 'latin.csv', '--into', 'people']);
    assert.match(stdout, /Guessed encoding: windows-1252 \(the byte 0xEB .*\); --encoding sets it\n/);
    const args = ['import', 'latin.csv', '--into', 'people', '--json'];
    const [part] = JSON.parse((await place.run(args)).stdout).parts;
    assert.deepEqual(
      part.guesses.map(({ what, value }: Record<string, string>) => [what, value]),
      [['encoding', 'windows-1252']],
    );
    const set = await place.run([...args, '--encoding', 'windows-1252']);
    assert.equal(JSON.parse(set.stdout).parts[0].guesses, undefined);
  });

  test('what a validation has checked is imported without the file', async () => {
    await place.write('checked.csv', 'id,name,born\n030,Gil,1990-01-01\n');
    const validation = JSON.parse(
      (await place.run(['validate', 'checked.csv', '--into', 'people', '--json'])).stdout,
    );
    const { stdout } = await place.run(['import', '--checked', String(validation.number)]);
    assert.match(stdout, /1 record: 1 created/);
  });

  test('what was checked against a query is not proposed for an import', async () => {
    const definition = {
      name: 'answers',
      target: { query: 'select 42 as answer' },
      schema: { type: 'object', properties: { answer: { type: 'integer' } } },
    };
    await place.write('answers.json', JSON.stringify(definition));
    await place.run(['collections', 'apply', 'answers.json']);
    await place.write('answers.csv', 'answer\n41\n');
    const { stdout } = await place.run(['validate', 'answers.csv', '--into', 'answers', '--mode', 'insert']);
    assert.match(stdout, /1 record: 1/);
    assert.doesNotMatch(stdout, /--checked/);
    await place.run(['collections', 'drop', 'answers']);
  });

  test('collections are shown, changed by a file, and dropped only when that is meant', async () => {
    const shown = await place.run(['collections', 'show', 'people']);
    assert.match(shown.stderr, /people, version 1, managed, \d+ records\n[^]* born +born +date\n/);
    await place.write('people.json', JSON.stringify({ ...JSON.parse(shown.stdout), title: 'People' }));
    assert.match(
      (await place.run(['collections', 'apply', 'people.json', '--dry-run'])).stdout,
      /this would be done/,
    );
    assert.match((await place.run(['collections', 'apply', 'people.json'])).stdout, /version 2: applied/);
    assert.equal((await place.run(['collections', 'template', 'people'])).stdout, 'id,name,born\r\n');
    assert.match((await place.run(['collections', 'drop', 'people'], { code: 1 })).stderr, /destructive/);
    await place.run(['collections', 'drop', 'people', '--allow-destructive']);
    assert.match((await place.run(['collections', 'list'])).stdout, /No collections yet/);
  });

  test('what cannot be done is one line and exit code 1', async () => {
    const cases: [string[], RegExp][] = [
      [['export', 'nothing'], /collection\.not_found/],
      [['job', '4711'], /job\.not_found/],
      [['cancel', '1'], /job\.invalid_transition/],
      [['download', '1', 'nothing.csv'], /storage\.not_found/],
      [['validate', 'people.csv', '--into', 'nothing'], /collection\.not_found/],
    ];
    for (const [args, message] of cases) await failsInOneLine(args, message);
  });
});

test('the database can be migrated and compared by hand', async () => {
  assert.match((await place.run(['migrate', '--check'])).stdout, /up to date/);
  assert.equal((await place.run(['migrate', '--print-sql'])).stdout, '');
});

/** One line and no more, with exit code 1. */
async function failsInOneLine(args: readonly string[], message: RegExp): Promise<void> {
  const { stderr } = await place.run(args, { code: 1 });
  assert.match(stderr, message);
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
}
