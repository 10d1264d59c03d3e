/** Words that cannot be understood: exit code 64, one clear line, and no server started for them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { recordTerminal } from '../support/record-terminal.ts';

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'waybill-usage-'));
});
after(() => rm(cwd, { recursive: true, force: true }));

async function call(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { terminal, out, err } = recordTerminal();
  const code = await main(args, { cwd, env, terminal });
  return { code, out: out(), err: err() };
}

const WRONG: [readonly string[], RegExp][] = [
  [[], /Usage: waybill/],
  [['imprt', 'x.csv'], /unknown command 'imprt'[^]*Did you mean import\?/],
  [['import', '--into', 'x'], /name a file/],
  [['import', 'x.csv'], /--into COLLECTION is missing/],
  [['import', 'x.csv', '--into', 'x', '--mod', 'insert'], /unknown option '--mod'[^]*Did you mean --mode\?/],
  [['import', 'x.csv', '--into', 'x', '--mode', 'upsrt'], /Allowed choices are insert/],
  [['import', 'x.csv', '--into', 'x', '--max-errors', '5x'], /such as 100, or a share such as 5%/],
  [['import', 'x.csv', '--into', 'x', '--start-at', 'soon'], /--start-at/],
  [['import', 'x.csv', '--checked', '1'], /not both/],
  [['import', 'x.csv', '--into', 'x', '--priority', 'high'], /--priority: expected a whole number from -100/],
  [['export', 'x', '--filter', 'a=b'], /FIELD OP VALUE/],
  [['export', 'x', '--split-bytes', 'many'], /--split-bytes/],
  [['export', 'x', '--split-records', '5'], /several files need a folder/],
  [['export', 'x', '--split-bytes', '1M', '--out', '-'], /several files need a folder/],
  [['export', 'x', '--out', '.'], /is a folder; name a file in it/],
  [['export'], /missing required argument 'collection'/],
  [['jobs', '--limit', '0'], /--limit/],
  [['jobs', '--url', 'here'], /--url/],
  [['jobs', '--url', 'localhost:8140', '--token', 'x'], /--url: expected an address such as http:/],
  [['jobs', '--url', 'http://127.0.0.1:9', '--token', 'x', '--data', 'd'], /--url or --data, not both/],
  [['jobs', '--token', 'x'], /--token can only be used with --url/],
  [['jobs', '--url', 'http://127.0.0.1:9'], /--token/],
  [['migrate', '--check', '--print-sql'], /not both/],
  [['serve', '--port', '70000'], /port \(option --port\): expected a whole number from 0 to 65535/],
  [['serve', '--host', '0.0.0.0'], /loopback/],
  [['serve', '--wait-seconds', 'long'], /--wait-seconds: expected a whole number from 0/],
];
for (const [args, message] of WRONG) {
  test(`waybill ${args.join(' ')}: wrong usage`, async () => {
    const { code, out, err } = await call(args);
    assert.equal(code, 64, err);
    assert.match(err, message);
    assert.equal(out, '');
    assert.deepEqual(await readdir(cwd), []);
  });
}

test('a missing file and a folder are told before anything else happens', async () => {
  const missing = await call(['import', 'nowhere.csv', '--into', 'x']);
  assert.deepEqual(
    [missing.code, missing.err],
    [1, 'waybill: There is no file nowhere.csv. (source.not_found)\n'],
  );
  for (const args of [
    ['apply', 'nowhere.json'],
    ['infer', 'nowhere.csv'],
    ['create', 'x', '--from', 'nowhere.csv'],
  ]) {
    assert.match((await call(['collections', ...args])).err, /^waybill: There is no file nowhere\./);
  }
  for (const args of [
    ['validate', '.', '--into', 'x'],
    ['collections', 'apply', '.'],
  ]) {
    assert.match((await call(args)).err, /is a folder.*source\.is_directory/);
  }
  assert.deepEqual(await readdir(cwd), []);
});

test('with --json an error is JSON on standard output as well', async () => {
  const { code, out } = await call(['import', 'nowhere.csv', '--into', 'x', '--json']);
  assert.equal(code, 1);
  assert.equal(JSON.parse(out).error.code, 'source.not_found');
});

test('help and version are no mistakes', async () => {
  const help = await call(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.out, /Exit codes: 0 done/);
  assert.equal((await call(['import', '--help'])).code, 0);
  assert.match((await call(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});

test('config print shows where each value comes from and no secret', async () => {
  const { code, out } = await call(['config', 'print'], {
    WAYBILL_DATABASE_URL: 'postgres://me:hunter2@db/x',
  });
  assert.equal(code, 0);
  assert.match(out, /databaseUrl +"\(hidden\)" +variable WAYBILL_DATABASE_URL/);
  assert.doesNotMatch(out, /hunter2/);
  const wrong = await call(['config', 'check'], { WAYBILL_PROT: '1' });
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /did you mean "WAYBILL_PORT"/);
});

test('with --json a mistyped command is answered in JSON, too', async () => {
  const { code, out, err } = await call(['imprt', 'x.csv', '--json']);
  assert.equal(code, 64);
  const { error } = JSON.parse(out) as { error: { code: string; message: string } };
  assert.equal(error.code, 'usage.invalid');
  assert.match(error.message, /unknown command 'imprt'/);
  assert.match(err, /unknown command 'imprt'/);
});
