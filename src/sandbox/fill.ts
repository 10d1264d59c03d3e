/** Brings the collections of the sandbox into a server, and their records. */
import { Readable } from 'node:stream';
import { TOKEN_HOLDER } from '../actions/caller.ts';
import { applyCollection } from '../actions/collections/apply-collection.ts';
import type { HttpDependencies } from '../http/dependencies.ts';
import type { Client } from '../sdk/client.ts';
import { COLLECTIONS } from './content/all-collections.ts';

/** Before protocols are checked against them. */
export async function applyCollections(deps: HttpDependencies): Promise<void> {
  for (const { name, definition } of COLLECTIONS) {
    await applyCollection(TOKEN_HOLDER, deps, name, definition, { isDryRun: false, allowDestructive: false });
  }
}

/** One import with a part for each collection that has records at the start. @throws Error when it does not succeed */
export async function importRecords(client: Client): Promise<void> {
  const parts = [];
  for (const { name, records } of COLLECTIONS) {
    const lines = (await records()).map((record) => `${JSON.stringify(record)}\n`);
    if (lines.length === 0) continue;
    const { id } = await client.upload(Readable.from([Buffer.from(lines.join(''))]), `${name}.jsonl`);
    parts.push({ collection: name, source: { upload: id } });
  }
  const started = await client.startJob('import', { parts, mode: 'insert', description: 'Fill the sandbox' });
  const job = await client.waitForJob(started.id);
  const { errors } = job.results;
  if (job.state !== 'succeeded' || errors > 0) {
    throw new Error(
      `the sandbox could not be filled: ${job.state}, ${errors} errors, ${job.failure?.message}`,
    );
  }
}
