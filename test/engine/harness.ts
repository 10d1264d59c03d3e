/**
 * The engine in one process: jobs are accepted as the API accepts them, claimed as a worker claims them, and run by the same pipelines, but
 * without worker processes, so that thousands of small jobs fit into a test.
 */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { applyCollection } from '../../src/actions/collections/apply-collection.ts';
import type { ActionDependencies } from '../../src/actions/dependencies.ts';
import { correctJob } from '../../src/actions/start-job/correct-job.ts';
import { createJobStatus } from '../../src/actions/status/job-status.ts';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import type { Issue } from '../../src/core/issue.ts';
import type { Job } from '../../src/core/job.ts';
import { DEFAULT_READ_LIMITS } from '../../src/formats/format.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../src/formats/source/decompression-limits.ts';
import type { ExportRequest, ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { NATIVE_RENDERER } from '../../src/http/render-job.ts';
import { openTargets } from '../../src/server/open-targets.ts';
import { createTargetCatalog } from '../../src/server/target-catalog.ts';
import { type Artifact, listArtifacts } from '../../src/store/artifacts.ts';
import { getCollection } from '../../src/store/collections.ts';
import { createFileStore } from '../../src/store/files.ts';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { retryJob } from '../../src/store/jobs/intentions.ts';
import { createSecrets } from '../../src/store/secrets/secrets.ts';
import { recordUpload } from '../../src/store/uploads.ts';
import { createCarrier } from '../../src/transfer/carrier.ts';
import { createAddressGuard } from '../../src/transfer/http/guard-address.ts';
import type { WorkerDependencies, WorkerSettings } from '../../src/worker/dependencies.ts';
import { createExportPipeline } from '../../src/worker/export/run-export.ts';
import { FETCHERS } from '../../src/worker/import/fetchers.ts';
import { createImportPipeline } from '../../src/worker/import/run-import.ts';
import type { Liveness } from '../../src/worker/liveness.ts';
import { createOwedReports } from '../../src/worker/report/owed-report.ts';
import { type RunJobOptions, runJob } from '../../src/worker/run-job.ts';
import { keepLog } from '../../src/worker/run-log/keep-log.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startExport, startImport } from './start-jobs.ts';

const HOUR_MS = 3600 * 1000;

export const SETTINGS: WorkerSettings = {
  maxRecordBytes: 16 * 1024 * 1024,
  maxFields: 2000,
  maxDepth: 64,
  decompression: DEFAULT_DECOMPRESSION_LIMITS,
  maxUploadBytes: 1024 ** 2,
  issuesPerJob: 100_000,
  unreadableBytes: 1024 ** 3,
  keepMs: { results: HOUR_MS, uploads: HOUR_MS, failedRows: HOUR_MS, issueFiles: HOUR_MS },
  transforms: {},
  validators: {},
};

/** A collection's definition, as a person writes it. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string };

/** A job that has come to rest, with what it found. */
export interface Finished {
  readonly job: Job;
  readonly issues: readonly Issue[];
}

export interface Engine {
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly actions: ActionDependencies;
  readonly worker: WorkerDependencies;
  /** Bugs that came up in jobs, in order. */
  readonly bugs: unknown[];
  apply(definition: Definition): Promise<void>;
  upload(bytes: Uint8Array | string | AsyncIterable<Uint8Array>, fileName?: string): Promise<string>;
  /** Accepts and runs. @throws AppError when the request is refused */
  import(request: ImportRequest, settings?: Partial<WorkerSettings>): Promise<Finished>;
  validate(request: ImportRequest, settings?: Partial<WorkerSettings>): Promise<Finished>;
  export(request: ExportRequest): Promise<Finished>;
  correct(parent: Job, uploadId: string): Promise<Finished>;
  /** Claims a queued job and runs one attempt. */
  attempt(
    job: Job,
    settings?: Partial<WorkerSettings>,
    replaced?: Partial<Pick<WorkerDependencies, 'files' | 'carrier'>>,
  ): Promise<Job>;
  /** Writes a report that is owed, if one is; gives how many it came to an end with. */
  report(): Promise<number>;
  find(job: Job): Promise<Job>;
  /** Puts a failed job back, and runs it. */
  retry(job: Job): Promise<Job>;
  artifacts(job: Job): Promise<readonly Artifact[]>;
  /** Bytes of a file that a job left. @throws AssertionError when there is none of this name */
  artifact(job: Job, name: string): Promise<Buffer>;
  close(): Promise<void>;
}

export async function createEngine(
  options: {
    settings?: Partial<WorkerSettings>;
    /** Paths of modules that are targets, by name. */
    targetModules?: Readonly<Record<string, string>>;
    /** Default: a statement may take as long as it likes. */
    statementSeconds?: number;
    /** Folders by the prefix that they stand for. */
    locations?: Readonly<Record<string, string>>;
    fetchers?: WorkerDependencies['fetchers'];
  } = {},
): Promise<Engine> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-engine-'));
  const { pool } = database;
  const files = createFileStore(dataDir, 0);
  const secrets = createSecrets({ pool, keyFile: join(dataDir, 'secrets.key') });
  const targets = openTargets(
    {
      databases: {},
      modules: { transforms: {}, validators: {}, targets: options.targetModules ?? {} },
      limits: { statementSeconds: options.statementSeconds ?? 0 },
    },
    database.url,
    pool,
  );
  const carrier = createCarrier(options.locations ?? {});
  const bugs: unknown[] = [];
  const actions: ActionDependencies = {
    pool,
    files,
    secrets,
    targets: createTargetCatalog(targets),
    outgoing: createAddressGuard({ allow: [] }),
    locations: carrier,
    status: createJobStatus({ db: pool, isShared: false, renderer: NATIVE_RENDERER }),
    // The jobs are claimed without hints here.
    queue: { send: async () => undefined, announce: () => undefined },
    settings: {
      uploadBytes: 1024 ** 4,
      inlineRecords: 1000,
      uploadsKeepMs: HOUR_MS,
      readLimits: DEFAULT_READ_LIMITS,
      decompression: DEFAULT_DECOMPRESSION_LIMITS,
    },
    version: '0.0.0',
    isReady: () => true,
  };
  const worker: WorkerDependencies = {
    pool,
    files,
    targetOf: (collection) => targets.targetOf(collection),
    carrier,
    fetchers: options.fetchers ?? FETCHERS,
    settings: { ...SETTINGS, ...options.settings },
  };

  const replacements: unknown[] = [];
  function nameOf(replacement: unknown): number {
    if (!replacements.includes(replacement)) replacements.push(replacement);
    return replacements.indexOf(replacement);
  }

  /** Made once for the same settings: an import pipeline keeps its reading thread for the next job. */
  const known = new Map<string, RunJobOptions['pipelines']>();
  function pipelinesWith(
    settings: Partial<WorkerSettings> = {},
    replaced: Partial<WorkerDependencies> = {},
  ): RunJobOptions['pipelines'] {
    const name = JSON.stringify([settings, Object.values(replaced).map(nameOf)]);
    const made = known.get(name);
    if (made !== undefined) return made;
    const deps = { ...worker, ...replaced, settings: { ...worker.settings, ...settings } };
    const importing = createImportPipeline(deps);
    const pipelines = { import: importing, validation: importing, export: createExportPipeline(deps) };
    known.set(name, pipelines);
    return pipelines;
  }

  async function attempt(
    job: Job,
    settings?: Partial<WorkerSettings>,
    replaced?: Partial<WorkerDependencies>,
  ): Promise<Job> {
    const liveness = aliveForEver();
    const claimed = await claimJob(pool, { jobId: job.id, workerId: liveness.workerId });
    assert.ok(claimed, `job ${job.number} cannot be claimed: it is ${job.state}`);
    await runJob(
      {
        pool,
        targetOf: worker.targetOf,
        liveness,
        shutdown: new AbortController().signal,
        onError: (error) => bugs.push(error),
        keepLog: (logged) =>
          keepLog({ ...worker, ...replaced, issuesPerJob: 2, onError: (error) => bugs.push(error) }, logged),
        pipelines: pipelinesWith(settings, replaced),
      },
      claimed,
    );
    await report(replaced, job.id);
    return getJob(job.id);
  }

  function report(replaced: Partial<WorkerDependencies> = {}, jobId?: string): Promise<number> {
    const write = createOwedReports({ ...worker, ...replaced }, (error) => bugs.push(error));
    const turn = { workerId: randomUUID(), signal: new AbortController().signal };
    return write({ ...turn, ...(jobId !== undefined && { jobId }) });
  }

  async function getJob(id: string): Promise<Job> {
    const job = await findJob(pool, id);
    assert.ok(job);
    return job;
  }

  async function run(job: Job, settings?: Partial<WorkerSettings>): Promise<Finished> {
    const ended = await attempt(job, settings);
    return { job: ended, issues: await readIssues(ended) };
  }

  async function readIssues(job: Job): Promise<Issue[]> {
    const issues: Issue[] = [];
    if (job.kind === 'export') return issues;
    for (const { part, collection, collectionVersion } of job.parts) {
      const stored = await getCollection(pool, collection, collectionVersion);
      const target = targets.targetOf(parseCollection(stored.definition));
      for await (const segment of target.issueSegments({ jobId: job.id, part }))
        issues.push(...segment.issues);
    }
    return issues;
  }

  return {
    database,
    dataDir,
    actions,
    worker,
    bugs,
    attempt,
    report: () => report(),
    find: (job) => getJob(job.id),
    async apply(definition) {
      await applyCollection(TOKEN_HOLDER, actions, definition.name, definition, {
        isDryRun: false,
        allowDestructive: true,
      });
    },
    async upload(bytes, fileName = 'records') {
      const id = randomUUID();
      const pieces = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      const source = pieces instanceof Uint8Array ? Readable.from([pieces]) : pieces;
      const file = await files.save(`uploads/${id}`, source);
      const upload = await recordUpload(pool, { id, fileName, ...file, keepMs: HOUR_MS });
      return upload.id;
    },
    import: async (request, settings) =>
      run((await startImport({ actions }, 'import', request)).job, settings),
    validate: async (request, settings) =>
      run((await startImport({ actions }, 'validation', request)).job, settings),
    export: async (request) => run((await startExport({ actions }, request)).job),
    correct: async (parent, upload) =>
      run((await correctJob(TOKEN_HOLDER, actions, parent.id, { upload }, {})).job),
    retry: async (job) => attempt(await retryJob(pool, job.id)),
    artifacts: (job) => listArtifacts(pool, job.id),
    async artifact(job, name) {
      const found = await listArtifacts(pool, job.id);
      const wanted = found.find((artifact) => artifact.name === name);
      assert.ok(wanted, `job ${job.number} left ${found.map((file) => file.name).join(', ') || 'nothing'}`);
      return readFile(files.path(wanted.storageKey));
    },
    async close() {
      await targets.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function aliveForEver(): Liveness {
  return { workerId: randomUUID(), signal: new AbortController().signal, end: async () => {} };
}

/** Only the counts that are not zero, of the job's first part. */
export function countsOf(job: Job): Record<string, number> {
  return Object.fromEntries(Object.entries(job.parts[0]?.counts ?? {}).filter(([, count]) => count !== 0));
}

export async function rowsOf(engine: Engine, table: string): Promise<unknown[]> {
  const result = await engine.database.pool.query(
    `select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`,
  );
  return result.rows.map((row: { row: unknown }) => row.row);
}
