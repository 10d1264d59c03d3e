/** Runs `bin/waybill.mjs` as a person would, in a folder of its own, on a database of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { watchWire } from '../support/wire/watch-wire.ts';

const BIN = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workplace {
  readonly folder: string;
  write(name: string, content: string): Promise<void>;
  /** Runs a command to its end. `code` is what it should end with; default 0. */
  run(args: readonly string[], options?: { code?: number; input?: string }): Promise<Outcome>;
  /** Starts a command that does not end by itself. */
  start(args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const database = await createTestDatabase({ template: 'empty' });
  const folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  const wire = watchWire();
  const started = new Set<ChildProcess>();
  function start(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: folder,
      env: {
        ...PLAIN_ENVIRONMENT,
        ...wire.environment,
        WAYBILL_DATABASE_URL: database.url,
        WAYBILL_STORAGE_MIN_FREE_BYTES: '0',
      },
    });
    started.add(child);
    child.once('exit', () => started.delete(child));
    return child;
  }
  return {
    folder,
    start,
    write: (name, content) => writeFile(join(folder, name), content),
    async run(args, { code = 0, input } = {}) {
      const outcome = await collect(start(args), input);
      assert.equal(outcome.code, code, `waybill ${args.join(' ')}\n${outcome.stdout}\n${outcome.stderr}`);
      return outcome;
    },
    async close() {
      for (const child of started) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await database.drop();
      await rm(folder, { recursive: true, force: true });
      await wire.end();
    },
  };
}

export async function collect(child: ChildProcess, input?: string): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Waits until the command has written something that matches, and gives the match. */
export async function waitForOutput(
  child: ChildProcess,
  pattern: RegExp,
  timeoutMs = 90_000,
): Promise<RegExpExecArray> {
  let text = '';
  const found = Promise.withResolvers<RegExpExecArray>();
  const timer = setTimeout(
    () => found.reject(new Error(`no ${pattern} within ${timeoutMs} ms in:\n${text}`)),
    timeoutMs,
  );
  const look = (piece: Buffer) => {
    text += piece.toString();
    const match = pattern.exec(text);
    if (match !== null) found.resolve(match);
  };
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  child.once('close', () => found.reject(new Error(`ended without ${pattern}:\n${text}`)));
  return found.promise.finally(() => clearTimeout(timer));
}
