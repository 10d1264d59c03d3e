/**
 * Runs the examples of the documents and compares what they print. `UPDATE_DOCS=1 node --test test/docs/run-examples.test.ts`
 * writes what they print into the documents instead.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { createProgram } from '../../src/cli/main.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import { waitForLine } from '../support/debian-postgres.ts';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { ROOT } from '../support/run-group.ts';
import { watchWire } from '../support/wire/watch-wire.ts';
import {
  type ExampleDocument,
  matches,
  normalise,
  readable,
  readDocument,
  type Step,
  withOutputs,
} from './example-document.ts';

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));
const isUpdate = process.env['UPDATE_DOCS'] === '1';

// Two at once, since each waits for its server most of the time.
describe('the documents', { concurrency: 2 }, () => {
  for (const path of DOCUMENTS) {
    const document = readDocument(path);
    if (document.steps.length > 0) {
      test(`the examples of ${path} print what it says`, { skip: whatIsMissing(document) }, () =>
        checkExamples(path, document),
      );
    }
    if (document.shown.length > 0) {
      test(`the commands that ${path} only shows exist, with their options`, () => {
        assert.deepEqual(document.shown.flatMap(whatIsUnknown), []);
      });
    }
  }
});

async function checkExamples(path: string, document: ExampleDocument): Promise<void> {
  const outputs = await runAll(path, document);
  if (isUpdate) {
    await writeFile(join(ROOT, path), withOutputs(document, outputs));
    return;
  }
  for (const [index, { command, output }] of document.steps.entries()) {
    const printed = outputs[index] ?? '';
    if (matches(output, printed)) continue;
    assert.equal(normalise(readable(printed)), normalise(output.join('\n')), command);
  }
}

/** Debian's minimal systems have no curl; `.ci/run` installs it. */
function whatIsMissing({ steps }: ExampleDocument): string | false {
  const needsCurl = steps.some(({ command }) => /\bcurl\b/.test(command));
  return needsCurl && spawnSync('curl', ['--version']).error !== undefined && 'curl is not installed';
}

/**
 * A folder as a reader has it after `npm ci` (README), or with waybill installed and a server running (docs). Only the former has the
 * embedded database, which takes longer to make than most documents to run.
 */
async function runAll(path: string, document: ExampleDocument): Promise<string[]> {
  const isReadme = path === 'README.md';
  const database = isReadme ? undefined : await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-docs-'));
  await chmod(folder, 0o711);
  const wire = watchWire();
  try {
    const environment = {
      ...(await furnish(folder, document)),
      ...wire.environment,
      ...(database !== undefined && { WAYBILL_DATABASE_URL: database.url, WAYBILL_LANE_WORKERS: '0' }),
    };
    const before = await runSession(stepsBefore(document), folder, environment);
    const server = isReadme ? undefined : await serve(folder, environment);
    const outputs = await runSession(document.steps.slice(before.length), folder, environment);
    await server?.stop();
    await wire.end();
    return [...before, ...outputs];
  } finally {
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A configuration may rely on what has been done before the server starts; without one, the server is there from the beginning. */
function stepsBefore({ files, steps, stepsBeforeServing }: ExampleDocument): readonly Step[] {
  return files.some(({ name }) => name === 'waybill.config.json') ? steps.slice(0, stepsBeforeServing) : [];
}

async function furnish(folder: string, document: ExampleDocument): Promise<NodeJS.ProcessEnv> {
  for (const name of ['package.json', 'bin', 'src', 'migrations', 'node_modules'])
    await symlink(join(ROOT, name), join(folder, name));
  for (const { name, content } of document.files) await writeFile(join(folder, name), content);
  for (const name of ['zipcodes.csv', 'movies.json'])
    await copyFile(join(ROOT, 'node_modules/vega-datasets/data', name), join(folder, name));
  const bin = join(folder, '.bin');
  await mkdir(bin);
  await writeFile(join(bin, 'waybill'), `#!/bin/sh\nexec node ${join(ROOT, 'bin/waybill.mjs')} "$@"\n`, {
    mode: 0o755,
  });
  const path = [bin, join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return { ...PLAIN_ENVIRONMENT, PATH: path, HOME: process.env['HOME'], LANG: 'C.UTF-8' };
}

async function serve(folder: string, env: NodeJS.ProcessEnv): Promise<{ stop: () => Promise<void> }> {
  const child = spawn('waybill', ['serve', '--port', '0', '--workers', '1'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await waitForLine(child.stdout, 'waybill listens on');
  return {
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * What each command prints, both outputs in the order in which they come, as a person sees them: one shell for all of them, so that
 * variables last.
 */
function runSession(steps: readonly Step[], cwd: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (steps.length === 0) return Promise.resolve([]);
  const script = steps.map(({ command }) => `{ ${command}\n} 2>&1; printf '\\0'`).join('\n');
  return new Promise((resolve) => {
    execFile('sh', ['-c', script], { cwd, env, maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) =>
      resolve(stdout.split('\0').slice(0, steps.length)),
    );
  });
}

/** Words of a shown command that this program does not have. What others run is held by `.ci/run`. */
function whatIsUnknown(line: string): string[] {
  const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
  const commands = line.replace(/#.*$/, '').split('&&');
  return commands.flatMap((command) => {
    // What others pipe into waybill, or read from it, is their own.
    const part = command.split(/\|(?=\s)/).find((piece) => piece.trim().startsWith('waybill')) ?? command;
    const words = part
      .trim()
      .split(/\s+/)
      .filter((word) => !/^[A-Z_]+=/.test(word));
    if (words[0] === 'npm' && words.includes('waybill')) words.splice(0, words.indexOf('--') + 1, 'waybill');
    if (words[0] === '' || words[0] === undefined) return [];
    if (words[0] !== 'waybill') return ci.includes(`step ${words.join(' ')}`) ? [] : [part.trim()];
    return unknownWords(words.slice(1)).map((word) => `${part.trim()}: ${word}`);
  });
}

const terminal = processTerminal();

function unknownWords(words: readonly string[]): string[] {
  let command = createProgram({ terminal, env: {}, cwd: ROOT, exitCode: 0 });
  const rest = [...words];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest.shift();
  }
  if (command.name() === 'waybill') return rest.slice(0, 1);
  const known = command.options.map((option) => option.long);
  return rest.filter((word) => word.startsWith('--') && !known.includes(word.split('=')[0]));
}
