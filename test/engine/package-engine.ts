/** An engine with a collection of articles, and a bucket that packages are put into. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import type { WorkerSettings } from '../../src/worker/dependencies.ts';
import { putFolder, putZip } from '../support/egain-package.ts';
import type { Entries } from '../support/zip.ts';
import { createEngine, type Engine, type Finished } from './harness.ts';

const ARTICLES = {
  name: 'articles',
  key: ['name'],
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      folder: { type: 'string' },
      content: { type: 'string' },
      availabilityDate: { type: 'string', format: 'date-time' },
      tags: { type: 'array' },
    },
    required: ['name', 'folder'],
  },
};

export interface PackageEngine extends Engine {
  /** What stands for `s3://bucket/`. */
  readonly root: string;
  /** Gives the address of what was put. */
  putFolder: (entries: Entries) => Promise<string>;
  putZip: (archive: Entries | Uint8Array) => Promise<string>;
  /** Validates what lies at an address. */
  check: (location: string, settings?: Partial<WorkerSettings>) => Promise<Finished>;
  /** Takes the package away. */
  clear(): Promise<void>;
}

export async function createPackageEngine(): Promise<PackageEngine> {
  const root = await mkdtemp(join(tmpdir(), 'waybill-packages-'));
  const engine = await createEngine({ locations: { 's3://bucket/': root } });
  await engine.apply(ARTICLES);
  return {
    ...engine,
    root,
    async putFolder(entries) {
      await putFolder(join(root, 'in'), entries);
      return 's3://bucket/in';
    },
    async putZip(archive) {
      await putZip(join(root, 'in/content.zip'), archive);
      return 's3://bucket/in/content.zip';
    },
    check: (location, settings) => engine.validate(requestOf(location), settings),
    clear: () => rm(join(root, 'in'), { recursive: true, force: true }),
    async close() {
      await engine.close();
      await rm(root, { recursive: true });
      assert.deepEqual(engine.bugs, [], 'bugs came up');
    },
  };
}

export function requestOf(location: string): ImportRequest {
  const source = { location, unpack: 'egain-package' };
  return { collection: 'articles', source, mode: 'upsert' };
}
