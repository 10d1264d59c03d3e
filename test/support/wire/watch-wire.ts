/**
 * For tests that start servers as processes: what these answer is written down, and held against the document at the end.
 *
 *     const wire = watchWire();
 *     spawn(process.execPath, [program], { env: { ...process.env, ...wire.environment } });
 *     await wire.end();                              // fails with every difference
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildApp } from '../../../src/http/build-app.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import { createWireCheck, type OpenApiDocument } from './check-exchange.ts';
import type { Exchange } from './exchange.ts';

export interface WatchedWire {
  /** What a process and its children need to be watched. */
  readonly environment: Readonly<Record<string, string>>;
  /** @throws AssertionError with what differs from the document */
  end(): Promise<void>;
}

const RECORDER = pathToFileURL(join(import.meta.dirname, 'record-to-file.ts')).href;

export function watchWire(): WatchedWire {
  const file = join(tmpdir(), `waybill-wire-${randomUUID()}.jsonl`);
  return {
    environment: { NODE_OPTIONS: `--import=${RECORDER}`, WIRE_RECORD: file },
    async end() {
      const text = await readFile(file, 'utf8').catch(() => '');
      await rm(file, { force: true });
      const exchanges = text.split('\n').filter(Boolean);
      if (exchanges.length === 0) return;
      const document = await loadDocument();
      const check = createWireCheck(document);
      const known = new Set(Object.keys(document.paths).map(firstSegment));
      const differences = exchanges
        .map((line) => JSON.parse(line) as Exchange)
        // Protocols have documents of their own, which depend on the server's configuration.
        .filter(({ url }) => known.has(firstSegment(url)))
        .flatMap((exchange) => check(exchange));
      assert.deepEqual([...new Set(differences)], [], 'the server answers what its document does not say');
    },
  };
}

function firstSegment(url: string): string | undefined {
  return url.split(/[/?]/)[1];
}

/** The document as every server of this version serves it; nothing of the server is needed for it. */
async function loadDocument(): Promise<OpenApiDocument> {
  const app = await buildApp({ settings: {}, token: 'nobody asks' } as HttpDependencies);
  try {
    return (await app.inject('/openapi.json')).json<OpenApiDocument>();
  } finally {
    await app.close();
  }
}
