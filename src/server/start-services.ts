import type { Collection } from '../collections/collection.ts';
import { createCarrier } from '../transfer/carrier.ts';
import { createJanitor } from '../worker/janitor.ts';
import { createLogKeeper } from '../worker/run-log/log-keeper.ts';
import type { Service } from '../worker/service.ts';
import { createSweeper } from '../worker/sweeper.ts';
import type { Assembly, SharedParts } from './assembly.ts';
import { wireNotifier } from './wire-notifier.ts';

/** What the server does by itself, at intervals. */
export function startServices(
  { config, role, log, closers }: Assembly,
  parts: SharedParts & { readonly isEphemeral: boolean },
): readonly Service[] {
  const report = (error: unknown) => log.error(error);
  const targetOf = (collection: Collection) => parts.targets.targetOf(collection);
  const sweeper = createSweeper({ ...parts, targetOf, onError: report });
  const janitor = createJanitor({
    ...parts,
    targetOf,
    onError: report,
    settings: {
      jobsMs: config.retention.jobs,
      ledgerMs: config.retention.ledger,
      issueValuesMs: config.retention.issueValues,
    },
  });
  const logKeeper = createLogKeeper({
    pool: parts.pool,
    carrier: createCarrier(config.locations),
    targetOf,
    issuesPerJob: config.limits.issuesPerJob,
    onError: report,
  });
  const notifier = wireNotifier({ ...parts, onError: report });
  // A command's own server must stop jobs in time, and take back what a killed command left; cleaning up and telling others can wait.
  const lasting = role === 'worker' ? [janitor, logKeeper] : [janitor, logKeeper, notifier];
  const services = parts.isEphemeral ? [sweeper] : [sweeper, ...lasting];
  for (const service of services) {
    service.start();
    closers.push(() => service.stop());
  }
  return services;
}
