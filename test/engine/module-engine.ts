/** An engine whose targets are modules, given as source text, and what they were given. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../../src/core/job.ts';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

export interface Given {
  readonly idempotencyKey: string;
  readonly number: number;
  readonly values: Readonly<Record<string, string | null>>;
  /** The context, without its signal. */
  readonly told: Readonly<Record<string, unknown>>;
}

export interface ModuleEngine {
  readonly engine: Engine;
  /** Where the modules lie, and what they leave; `folder` in their code. */
  readonly folder: string;
  /** Binds a collection of the module's name to it, and asks for these records to be imported. */
  request(module: string, text: string): Promise<ImportRequest & { readonly collection: string }>;
  accept(module: string, text: string): Promise<Job>;
  /** What the module was given so far. */
  given(module: string): Promise<readonly Given[]>;
  close(): Promise<void>;
}

/** @param bodies of the function `write(records, context)`, by name of the module */
export async function createModuleEngine(bodies: Readonly<Record<string, string>>): Promise<ModuleEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-module-target-'));
  const targetModules: Record<string, string> = {};
  for (const [name, body] of Object.entries(bodies)) {
    targetModules[name] = join(folder, `${name}.mjs`);
    await writeFile(
      join(folder, `${name}.mjs`),
      `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
       const folder = ${JSON.stringify(folder)};
       export async function write(records, context) {
         const { signal, ...told } = context;
         for (const record of records) appendFileSync(folder + '/${name}.jsonl', JSON.stringify({ ...record, told }) + '\\n');
         ${body}
       }`,
    );
  }
  const engine = await createEngine({ targetModules });

  async function request(module: string, text: string) {
    await engine.apply({
      name: module,
      key: ['id'],
      target: { module },
      schema: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          name: { type: 'string', minLength: 2 },
          note: { type: ['string', 'null'] },
        },
      },
    });
    return { collection: module, source: { upload: await engine.upload(text) } };
  }

  return {
    engine,
    folder,
    request,
    accept: async (module, text) => (await startImport(engine, 'import', await request(module, text))).job,
    async given(module) {
      const path = join(folder, `${module}.jsonl`);
      if (!existsSync(path)) return [];
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line) as Given);
    },
    async close() {
      assert.deepEqual(engine.bugs.map(String), []);
      await engine.close();
      await rm(folder, { recursive: true });
    },
  };
}
