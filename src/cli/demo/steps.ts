/** What every story of the demo does: send a file, run a job, fetch what came out. All through the public client. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type PublicFile, readPublicFile } from '../../sandbox/public-files.ts';
import type { WireArtifact, WireJob } from '../../sdk/wire.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

export interface Demo {
  readonly stage: Stage;
  readonly screen: Screen;
  /** What exports have made, for the list at the end. */
  readonly files: WireArtifact[];
}

export interface Sent {
  readonly bytes: Buffer;
  readonly uploadId: string;
}

export async function send({ stage }: Demo, name: PublicFile): Promise<Sent> {
  const bytes = await readPublicFile(name);
  const upload = await stage.client.upload(Readable.from([bytes]), name);
  return { bytes, uploadId: upload.id };
}

/** Runs a job to its end and shows it. @throws Error when it does not succeed */
export async function run(
  demo: Demo,
  label: string,
  kind: 'import' | 'validation' | 'export',
  request: object,
): Promise<WireJob> {
  return finish(demo, label, await demo.stage.client.startJob(kind, request));
}

export async function finish({ stage, screen }: Demo, label: string, started: WireJob): Promise<WireJob> {
  const job = await stage.client.waitForJob(started.id);
  if (job.state !== 'succeeded') {
    throw new Error(
      `job ${job.number} (${label}) is ${job.state}: ${job.failure?.message ?? job.reason ?? ''}`,
    );
  }
  screen.job(label, job);
  return job;
}

/** Downloads the results of an export, in order, and checks that they are what the manifest says. */
export async function fetchResults(demo: Demo, job: WireJob): Promise<Buffer[]> {
  const { client, outDir } = demo.stage;
  const results = (await client.listArtifacts(job.id)).filter((artifact) => artifact.kind === 'result');
  const contents: Buffer[] = [];
  for (const result of results) {
    const path = join(outDir, result.name);
    await client.download(result, path);
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== result.sha256)
      throw new Error(`${result.name} has the SHA-256 ${sha256}, not ${result.sha256}`);
    contents.push(bytes);
    demo.files.push(result);
  }
  return contents;
}
