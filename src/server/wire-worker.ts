/** Puts a worker process together: connections, targets, pipelines. */
import type { Collection } from '../collections/collection.ts';
import { isAppError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { createPool } from '../store/connect.ts';
import { createFileStore, type FileStore } from '../store/files.ts';
import { createQueue } from '../store/queue.ts';
import { createCarrier } from '../transfer/carrier.ts';
import { createExportPipeline } from '../worker/export/run-export.ts';
import { FETCHERS } from '../worker/import/fetchers.ts';
import { createImportPipeline } from '../worker/import/run-import.ts';
import { createOwedReports } from '../worker/report/owed-report.ts';
import { keepLog } from '../worker/run-log/keep-log.ts';
import { runWorker } from '../worker/worker.ts';
import { decompressionLimits, laneOption, readLimits } from './configured-limits.ts';
import type { Log } from './log.ts';
import { describeAttempt, logAttempt } from './log-attempt.ts';
import { openTargets } from './open-targets.ts';
import type { WorkerProcessInit } from './worker-process-init.ts';

/**
 * Resolves when the worker has ended cleanly; `onReady` is called when it can take its first job.
 *
 * @throws whatever made it unable to work: the process must end then, which closes what is open
 */
export async function wireWorker(
  init: WorkerProcessInit,
  log: Log,
  { shutdown, onReady }: { shutdown: AbortSignal; onReady: () => void },
): Promise<void> {
  const { config, databaseUrl } = init;
  const report = (error: unknown, job?: Job) => log.error(error, job && describeAttempt(job));
  const pool = createPool(databaseUrl, { applicationName: 'waybill/worker', max: 3, onIdleError: report });
  const queue = createQueue({
    pool,
    ...(init.onlyJob === undefined && { listenUrl: databaseUrl }),
    ...laneOption(config),
    onError: (error) => log.error(error, { from: 'queue' }),
  });
  const targets = openTargets(config, databaseUrl, pool);
  const dependencies = {
    pool,
    files: createFileStore(config.dataDir, config.storage.minFreeBytes),
    targetOf: (collection: Collection) => targets.targetOf(collection),
    carrier: createCarrier(config.locations),
    fetchers: FETCHERS,
    settings: {
      ...readLimits(config),
      decompression: decompressionLimits(config),
      maxUploadBytes: config.limits.uploadBytes,
      issuesPerJob: config.limits.issuesPerJob,
      unreadableBytes: config.limits.unreadableBytes,
      keepMs: {
        results: config.retention.artifacts,
        uploads: config.retention.uploads,
        failedRows: config.retention.failedRows,
        issueFiles: config.retention.issueFiles,
      },
      transforms: config.modules.transforms,
      validators: config.modules.validators,
    },
  };
  const importing = createImportPipeline(dependencies);
  await runWorker({
    pool,
    queue,
    databaseUrl,
    shutdown,
    onReady,
    onError: report,
    onAttempt: (job, outcome) => logAttempt(log, job, outcome),
    targetOf: dependencies.targetOf,
    writeOwedReport: createOwedReports(dependencies, report),
    keepLog: (job) =>
      keepLog({ ...dependencies, issuesPerJob: config.limits.issuesPerJob, onError: report }, job),
    pipelines: { import: importing, validation: importing, export: createExportPipeline(dependencies) },
    // The embedded database lies on the disk of the data folder.
    ...(config.databaseUrl === undefined && { findLackOfSpace: () => findLackOfSpace(dependencies.files) }),
    ...(init.onlyJob !== undefined && { onlyJob: init.onlyJob }),
    ...(init.inLane === true && { lane: { ...config.lane, turnMs: config.lane.turn } }),
  });
  // Only in order: what a failure leaves open would keep the process that has to end.
  await queue.stop(1000);
  await targets.close();
  await pool.end();
}

async function findLackOfSpace(files: FileStore): Promise<string | undefined> {
  return files.ensureSpace().then(
    () => undefined,
    (error: unknown) => (isAppError(error, 'storage.full') ? error.message : undefined),
  );
}
