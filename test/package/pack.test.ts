/** What `npm pack` makes, installed into an empty project: the whole way that a user's machine goes. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { collect, waitForOutput } from '../cli/run-waybill.ts';
import { findOldNode } from '../support/old-node.ts';
import { ROOT } from '../support/run-group.ts';

const BIN = join(ROOT, 'node_modules/.bin');
const folder = await mkdtemp(join(tmpdir(), 'waybill-pack-'));
// Started by root, PostgreSQL runs as another user, who has to reach the binaries in it.
await chmod(folder, 0o711);
const project = join(folder, 'project');
const installed = join(project, 'node_modules/waybill');
after(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With the repository's Node 24 first, as on a machine that has one. */
function run(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH']}`, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

let packed: { filename: string; files: { path: string }[] };

before(async () => {
  const pack = await run('npm', ['pack', '--json', '--pack-destination', folder], ROOT);
  assert.equal(pack.code, 0, pack.stderr);
  // What the scripts of the package say comes before it.
  [packed] = JSON.parse(pack.stdout.slice(pack.stdout.indexOf('[\n'))) as [typeof packed];
  await mkdir(project);
  await writeFile(
    join(project, 'package.json'),
    '{"name":"empty","version":"1.0.0","private":true,"type":"module"}',
  );
  const install = await run('npm', ['install', '--prefer-offline', join(folder, packed.filename)], project);
  assert.equal(install.code, 0, install.stderr);
});

test('the tarball holds compiled code, declarations, migrations and documents, and no sources or tests', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const wanted of [
    'bin/waybill.mjs',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/server/worker-process.js',
    'dist/worker/liveness-thread.js',
    'dist/worker/import/reading/reading-thread.js',
    'dist/demo-data/zipcodes.csv.gz',
    'dist/demo-data/birdstrikes.csv.gz',
    'dist/demo-data/NOTICE',
    'migrations/0001_jobs.sql',
    'migrations/target/0001_ledger.sql',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
  ]) {
    assert.ok(paths.includes(wanted), wanted);
  }
  assert.deepEqual(
    paths.filter((path) => /^(src|test|bench|docs|packaging)\/|(?<!\.d)\.ts$/.test(path)),
    [],
  );
});

test('publint has nothing to say', async () => {
  const publint = await run(join(BIN, 'publint'), ['--strict', join(folder, packed.filename)], folder);
  assert.equal(publint.code, 0, publint.stdout);
});

test('the installed package runs its demo, and every check holds', async () => {
  const demo = await run(join(project, 'node_modules/.bin/waybill'), ['demo', '--json'], project);
  assert.equal(demo.code, 0, demo.stdout + demo.stderr);
  const { checks, isGood } = JSON.parse(demo.stdout) as { checks: { isGood: boolean }[]; isGood: boolean };
  assert.ok(isGood && checks.length >= 9 && checks.every((check) => check.isGood));
  assert.equal(demo.stderr, '');
});

test('the installed package runs its sandbox, whose folder stays where that is asked for', async (t) => {
  const args = [join(installed, 'bin/waybill.mjs'), 'sandbox', '--port', '0', '--keep', 'kept'];
  const child = spawn(join(BIN, 'node'), args, { cwd: project });
  t.after(() => child.kill('SIGKILL'));
  const ended = collect(child);
  const [, url] = await waitForOutput(child, /listens on (http:\S+?),/);
  const shown = await fetch(`${url}/v1/jobs/1`, {
    headers: { authorization: 'Bearer sandbox-token-that-may-do-everything' },
  });
  assert.equal(((await shown.json()) as { state: string }).state, 'succeeded');
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual((await readdir(join(project, 'kept'))).toSorted(), ['data', 'places']);
});

test('the installed package gives a client and its types', async () => {
  const source = `
    import { createClient, isAppError, type Job, type OwnModule } from 'waybill';
    export const own: OwnModule = { validate: () => [{ index: 0, severity: 'error', message: 'no' }] };
    const client = createClient({ url: 'http://127.0.0.1:59999', token: 'none' });
    try {
      const job: Job = await client.getJob('1');
      job.state satisfies string;
    } catch (error) {
      if (isAppError(error)) process.stdout.write(error.code);
    }`;
  await writeFile(join(project, 'use.ts'), source);
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
  const strict = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  const compiled = await run(join(BIN, 'tsc'), [...strict, ...types, 'use.ts'], project);
  assert.equal(compiled.code, 0, compiled.stdout);
  const used = await run('node', ['use.ts'], project);
  assert.equal(used.stdout, 'server.unreachable', used.stderr);
});

test('a launcher started by an old Node says what is needed', async () => {
  const old = await findOldNode();
  const started = await run(old.command, [...old.args, join(installed, 'bin/waybill.mjs'), 'demo'], project);
  assert.equal(started.code, 1);
  assert.match(started.stderr, /^waybill needs Node\.js 24 or later; this is \d+\./);
  assert.equal(started.stdout, '');
});

test('the version is that of package.json', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const shown = await run(join(project, 'node_modules/.bin/waybill'), ['--version'], project);
  assert.equal(shown.stdout, `${version}\n`);
});
