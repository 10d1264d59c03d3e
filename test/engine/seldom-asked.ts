/** Statements of store/ that the work of one job in an undisturbed server does not carry out, for the test of their plans. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { NO_COUNTS } from '../../src/core/counts.ts';
import { beginDeliveryTry, noteDeliveryError, recordDelivered } from '../../src/store/deliveries.ts';
import { forgetExampleValues } from '../../src/store/issue-groups.ts';
import { forgiveFaults, readFaults, readIntention, reportProgress } from '../../src/store/jobs/claims.ts';
import { findKeyedContent } from '../../src/store/jobs/create-job.ts';
import {
  findJobByNumber,
  getJob,
  noteInTimeline,
  noteOnceInTimeline,
} from '../../src/store/jobs/find-jobs.ts';
import { pinFetchedSource } from '../../src/store/jobs/parts.ts';
import { takeSlot } from '../../src/store/jobs/slots.ts';
import { recordTry, releaseNotification } from '../../src/store/notifications.ts';
import { createQueue } from '../../src/store/queue.ts';
import { putOffReport, settleReport } from '../../src/store/reports.ts';
import {
  expireValueFiles,
  findHashesInUse,
  findKnownFiles,
  markStagingDropped,
  markValuesDropped,
} from '../../src/store/retention.ts';
import { markLogEnded, noteLogTrouble } from '../../src/store/run-logs.ts';
import { countLiveWorkers, declareDead, findLeases, renewLease } from '../../src/store/workers.ts';

/** About one job that has ended; nothing of it stays. */
export async function askWhatIsSeldomAsked(
  pool: Pool,
  { id, number }: { readonly id: string; readonly number: number },
): Promise<void> {
  const db = await pool.connect();
  const held = { jobId: id, epoch: 1 };
  const report = { ...held, workerId: id, crashes: 0, faults: 0 };
  const keepMs = 1;
  try {
    await db.query('begin');
    await findJobByNumber(db, number);
    await getJob(db, id);
    await readFaults(db, id);
    await readIntention(db, id, 1);
    await forgiveFaults(db, id, 1);
    const part = { part: 0, counts: NO_COUNTS };
    await reportProgress(db, { ...held, phase: 'writing', percentage: 1, part });
    await findKeyedContent(db, 'no such key');
    await noteInTimeline(db, { ...held, event: 'noted' });
    await noteOnceInTimeline(db, { ...held, event: 'noted', detail: {} });
    await pinFetchedSource(db, { ...held, part: 0, upload: id, dialect: null });
    await takeSlot(db, { name: 'no such slot', most: 1 });
    await beginDeliveryTry(db, held);
    await noteDeliveryError(db, held, 'none');
    await recordDelivered(db, held, { artifactId: id, address: 'nowhere' });
    await recordTry(db, { id, attempts: 1 });
    await releaseNotification(db, { id, attempts: 1 });
    await settleReport(db, report);
    await putOffReport(db, report, {});
    await findHashesInUse(db);
    await findKnownFiles(db, [`uploads/${id}`, `artifacts/${id}/issues.csv`]);
    await markStagingDropped(db, id);
    await forgetExampleValues(db, id, keepMs);
    await expireValueFiles(db, id, keepMs);
    await markValuesDropped(db, id, keepMs);
    await markLogEnded(db, id);
    await noteLogTrouble(db, { id, epoch: 1 }, 'none');
    await renewLease(db, id);
    await declareDead(db, { host: 'nowhere', pid: 1 });
    await findLeases(db, { host: 'nowhere', pids: [1] });
    await countLiveWorkers(db);
  } finally {
    await db.query('rollback');
    db.release();
  }
}

export async function sendAndTake(pool: Pool): Promise<void> {
  const queue = createQueue({ pool, onError: (error) => assert.fail(error as Error) });
  const id = randomUUID();
  await queue.send({ id, priority: 100 });
  await new Promise<void>((resolve) => {
    queue.work(async (taken) => (taken === id ? resolve() : undefined), { mayTake: () => true });
  });
  await queue.stop(1000);
}
