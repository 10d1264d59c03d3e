/** Letters that move cursors or reorder text, in every place of the data: no command prints them as they are, but for files as such. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram, main } from '../../src/cli/main.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { recordTerminal } from '../support/record-terminal.ts';
import { ServerProcess } from '../support/server.ts';

/** Clears the screen, in two ways; shows what follows from right to left; ends the line and begins one that looks like ours. */
const PLANT = '\u001b[2J\u009b2J\u202eok\u2066\r\nwaybill: Job 1 succeeded\u2028';
/** The same for names of files and fields, without a line end. */
const NAME = 'n\u001b[2J\u009b2J\u202e\u2066e';
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** What redraws the line of progress. */
const OURS = '\r\u001b[K';

let folder: string;
let database: TestDatabase;
let server: ServerProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-planted-'));
  database = await createTestDatabase({ template: 'empty' });
  server = await ServerProcess.start({ databaseUrl: database.url });
  const { client } = server;
  await client.applyCollection('planted', {
    name: 'planted',
    title: PLANT,
    key: ['id'],
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        [NAME]: { type: 'string', title: PLANT, enum: ['good', PLANT] },
        amount: { type: 'number' },
      },
      required: ['id'],
    },
    fields: { [NAME]: { title: PLANT } },
  });
  const records = [
    { id: 1, [NAME]: PLANT },
    { id: PLANT, [NAME]: 'good' },
    { id: 3, [NAME]: `bad ${PLANT}` },
  ];
  const job = await client.startJob('import', {
    collection: 'planted',
    source: { records },
    description: PLANT,
    labels: [PLANT],
    createdBy: PLANT,
    metadata: { [PLANT]: PLANT },
  });
  await client.waitForJob(job.id);
  await writeFile(join(folder, `${NAME}.csv`), `id,${NAME},${NAME}2\n7,"${PLANT}",x\n"${PLANT}",good,y\n`);
  await writeFile(join(folder, `${NAME}.json`), JSON.stringify({ name: PLANT, schema: { [PLANT]: PLANT } }));
  await writeFile(
    join(folder, 'fits.json'),
    JSON.stringify({
      name: 'fits',
      key: [NAME],
      schema: { type: 'object', properties: { [NAME]: { type: 'string' } }, required: [NAME] },
    }),
  );
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Call {
  readonly args: readonly string[];
  /** A file goes to standard output: as it is for a pipe, visible for a person. */
  readonly isFile?: boolean;
}

/** In this order; job 1 is the one with plants. Together they are all commands but those below. */
const CALLS: readonly Call[] = [
  { args: ['jobs'] },
  { args: ['jobs', '--label', PLANT] },
  { args: ['job', '1'] },
  { args: ['job', PLANT] },
  { args: ['watch', '1'] },
  { args: ['issues', '1'] },
  { args: ['issues', '1', '--field', NAME] },
  { args: ['issues', '1', '--code', PLANT] },
  { args: ['artifacts', '1'] },
  { args: ['failed', '1'], isFile: true },
  { args: ['failed', '1', '--unreadable'] },
  { args: ['failed', '1', '--out', `${NAME}.out`] },
  { args: ['download', '1', 'issues.csv', '--out', '-'], isFile: true },
  { args: ['download', '1', PLANT] },
  { args: ['correct', '1', `${NAME}.out`] },
  { args: ['collections', 'list'] },
  { args: ['collections', 'show', 'planted'] },
  { args: ['collections', 'show', PLANT] },
  { args: ['collections', 'template', 'planted', '--titles'], isFile: true },
  { args: ['collections', 'infer', `${NAME}.csv`], isFile: true },
  { args: ['collections', 'create', 'made', '--from', `${NAME}.csv`, '--key', `${NAME}2`] },
  { args: ['collections', 'apply', `${NAME}.json`] },
  { args: ['collections', 'apply', 'fits.json'] },
  { args: ['collections', 'apply', `no-${NAME}.json`] },
  { args: ['import', `${NAME}.csv`, '--into', 'planted', '--description', PLANT] },
  { args: ['import', `${NAME}.csv`, '--into', PLANT] },
  { args: ['import', `${NAME}.csv`, '--into', 'planted', '--map', `${PLANT}=${PLANT}`] },
  { args: ['import', PLANT, '--into', 'planted'] },
  { args: ['validate', `${NAME}.csv`, '--into', 'planted'] },
  { args: ['export', 'planted'], isFile: true },
  { args: ['export', 'planted', '--format', 'jsonl', '--out', `${NAME}.jsonl`] },
  { args: ['export', 'planted', '--filter', `${NAME} eq ${PLANT}`], isFile: true },
  { args: ['export', 'planted', '--fields', PLANT] },
  { args: ['cancel', '1'] },
  { args: ['pause', PLANT] },
  { args: ['resume', '1'] },
  { args: ['retry', '1'] },
  { args: ['keys', 'create', PLANT, '--role', 'reader'] },
  { args: ['keys', 'create', NAME, '--role', PLANT] },
  { args: ['keys', 'list'] },
  { args: ['keys', 'revoke', PLANT] },
  { args: ['clients', 'create', PLANT, '--role', 'reader'] },
  { args: ['clients', 'create', NAME, '--role', PLANT] },
  { args: ['clients', 'list'] },
  { args: ['clients', 'show', PLANT] },
  { args: ['clients', 'rotate', PLANT] },
  { args: ['clients', 'revoke', PLANT] },
  { args: ['secrets', 'list'] },
  { args: ['secrets', 'rotate'] },
  { args: ['whoami'] },
  { args: ['config', 'check'] },
  { args: ['config', 'print', '--data', PLANT] },
  { args: ['config', 'schema'] },
  { args: ['delete', '1'] },
  { args: ['collections', 'drop', 'planted'] },
  { args: [PLANT] },
  { args: ['jobs', `--${PLANT}`] },
];

/** They print no data of others, and have tests of their own: one runs until it is stopped, one needs no server. */
const WITHOUT_DATA = ['serve', 'sandbox', 'demo', 'migrate'];

test('every command is called here', () => {
  const { terminal } = recordTerminal();
  const leaves = (command: Command, path: readonly string[]): string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const all = leaves(createProgram({ terminal, env: {}, cwd: folder, exitCode: 0 }), []);
  const called = CALLS.map(({ args }) => args.join(' '));
  const isCalled = (name: string) => called.some((call) => call === name || call.startsWith(`${name} `));
  assert.deepEqual(all.filter((name) => !isCalled(name)).toSorted(), WITHOUT_DATA.toSorted());
});

async function call(args: readonly string[], isTty: boolean): Promise<{ out: string; err: string }> {
  const recorded = recordTerminal({ isTty });
  const { url, token } = server.client.server;
  const terminal = recorded.terminal;
  await main(args, { cwd: folder, env: { WAYBILL_URL: url, WAYBILL_TOKEN: token }, terminal });
  return { out: recorded.out(), err: recorded.err().replaceAll(OURS, '') };
}

function assertVisible(text: string): void {
  assert.doesNotMatch(text, UNSEEN);
  // A line that looks like ours would begin where lines begin.
  assert.doesNotMatch(text, /^waybill: Job 1 succeeded/m);
}

describe('what a command prints', () => {
  for (const { args, isFile = false } of CALLS) {
    test(`waybill ${JSON.stringify(args)}`, async () => {
      const watched = await call(args, true);
      assertVisible(watched.err);
      if (isFile) assert.doesNotMatch(watched.out, UNSEEN);
      else assertVisible(watched.out);
      const isDone = args[0] === 'delete' || args[1] === 'drop';
      if (isFile || isDone) return;
      const piped = await call(args, false);
      assertVisible(piped.err);
      assertVisible(piped.out);
      const json = await call([...args, '--json'], false);
      assertVisible(json.err);
      assertVisible(json.out);
      if (json.out.startsWith('{')) assert.doesNotThrow(() => JSON.parse(json.out) as unknown);
    });
  }
});

test('for a pipe a file is what it is, and JSON has what is in the data', async () => {
  const { client } = server;
  const { id } = await client.startJob('import', {
    collection: 'fits',
    source: { records: [{ [NAME]: PLANT }] },
    description: PLANT,
  });
  await client.waitForJob(id);
  const piped = await call(['export', 'fits', '--format', 'jsonl'], false);
  assert.deepEqual(JSON.parse(piped.out), { [NAME]: PLANT });
  await call(['export', 'fits', '--format', 'jsonl', '--out', 'fits.jsonl'], false);
  assert.equal(piped.out, await readFile(join(folder, 'fits.jsonl'), 'utf8'));
  const job = JSON.parse((await call(['job', id, '--json'], false)).out) as {
    job?: { description: string };
    description?: string;
  };
  assert.equal(job.job?.description ?? job.description, PLANT);
});
