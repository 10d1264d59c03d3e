/** The table of transitions against the one statement that moves jobs, and the constraints behind both. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  isFinal,
  JOB_EVENTS,
  JOB_STATES,
  type JobEvent,
  type JobState,
  nextState,
} from '../../../src/core/job-state.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { readTimeline } from '../../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob, resumeJob, retryJob } from '../../../src/store/jobs/intentions.ts';
import { type Move, moveJob } from '../../../src/store/jobs/move-job.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const FAILURE = { code: 'job.too_many_errors', message: 'too many', retryable: true };
const HELD: readonly JobState[] = ['running', 'pausing', 'cancelling', 'delivering'];
const EPOCH = 3;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

/** A job in the given state, as the way there would have left it. */
async function jobIn(state: JobState, columns: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const row: Record<string, unknown> = {
    kind: 'import',
    state,
    options: '{}',
    epoch: EPOCH,
    finished_at: isFinal(state) ? new Date() : null,
    failure: state === 'failed' ? JSON.stringify(FAILURE) : null,
    worker_id: HELD.includes(state) ? randomUUID() : null,
    destination: '{"location": "s3://there/"}',
    ...columns,
  };
  const names = Object.keys(row);
  const result = await database.pool.query<{ id: string }>(
    `insert into waybill.jobs (${names.join(', ')}) values (${names.map((_name, at) => `$${at + 1}`).join(', ')}) returning id`,
    Object.values(row),
  );
  const id = result.rows[0]?.id;
  assert.ok(id);
  return id;
}

function moveOf(jobId: string, event: JobEvent): Move {
  return {
    jobId,
    event,
    ...((event === 'failed' || event === 'prerequisite_failed') && { failure: FAILURE }),
    ...(event === 'claimed' && { workerId: randomUUID() }),
  };
}

async function rowOf(jobId: string): Promise<Record<string, unknown>> {
  const result = await database.pool.query<Record<string, unknown>>(
    'select * from waybill.jobs where id = $1',
    [jobId],
  );
  return result.rows[0] ?? {};
}

for (const state of JOB_STATES) {
  test(`from ${state}, events lead where the table says and nowhere else`, async () => {
    for (const event of JOB_EVENTS) {
      const id = await jobIn(state);
      const before = await rowOf(id);
      const moved = await moveJob(database.pool, moveOf(id, event));
      const expected = nextState(state, event);
      assert.equal(moved?.state, expected, `${state}, ${event}`);
      const timeline = await readTimeline(database.pool, id);
      if (expected === undefined) {
        assert.deepEqual(await rowOf(id), before, `${state}, ${event} changes nothing`);
        assert.deepEqual(timeline, []);
        continue;
      }
      const [entry, ...others] = timeline;
      assert.deepEqual(others, []);
      assert.deepEqual([entry?.event, entry?.from, entry?.to], [event, state, expected]);
      const row = await rowOf(id);
      assert.equal(row['version'], Number(before['version']) + 1);
      assert.equal(row['epoch'], event === 'claimed' ? EPOCH + 1 : EPOCH);
      assert.equal(row['finished_at'] !== null, isFinal(expected));
      assert.equal(
        row['worker_id'] !== null,
        HELD.includes(expected) && (HELD.includes(state) || event === 'claimed') && event !== 'given_back',
      );
    }
  });
}

test('an attempt that was overtaken moves nothing', async () => {
  for (const event of ['succeeded', 'failed', 'given_back', 'delivery_started'] as const) {
    const id = await jobIn('running');
    assert.equal(await moveJob(database.pool, { ...moveOf(id, event), epoch: EPOCH - 1 }), undefined);
    assert.equal((await rowOf(id))['state'], 'running');
    assert.notEqual(await moveJob(database.pool, { ...moveOf(id, event), epoch: EPOCH }), undefined);
  }
});

test('of many that move a job at once exactly one does', async () => {
  const id = await jobIn('queued');
  const moves = await Promise.all(
    Array.from({ length: 5 }, () => moveJob(database.pool, moveOf(id, 'claimed'))),
  );
  assert.equal(moves.filter((moved) => moved !== undefined).length, 1);
  assert.equal((await rowOf(id))['epoch'], EPOCH + 1);
});

test('a narrower `from` is obeyed', async () => {
  const id = await jobIn('paused');
  assert.equal(await moveJob(database.pool, { jobId: id, event: 'cancelled', from: ['queued'] }), undefined);
  assert.equal((await rowOf(id))['state'], 'paused');
});

test('faults are counted until somebody asks again', async () => {
  const id = await jobIn('running');
  await moveJob(database.pool, { jobId: id, event: 'given_back', reason: 'transient', delayMs: 60_000 });
  const waiting = await rowOf(id);
  assert.deepEqual([waiting['transient_faults'], waiting['reason']], [1, 'transient']);
  assert.ok((waiting['not_before'] as Date).getTime() > Date.now() + 50_000);
  await moveJob(database.pool, moveOf(id, 'claimed'));
  await moveJob(database.pool, { jobId: id, event: 'given_back', reason: 'worker_lost' });
  assert.deepEqual([(await rowOf(id))['crashes'], (await rowOf(id))['not_before']], [1, null]);
  await moveJob(database.pool, { jobId: id, event: 'paused' });
  await moveJob(database.pool, { jobId: id, event: 'resumed' });
  const resumed = await rowOf(id);
  assert.deepEqual([resumed['transient_faults'], resumed['crashes'], resumed['reason']], [0, 0, null]);
});

test('the percentage is 100 when a job has succeeded, and at most 99 anywhere else', async () => {
  const succeeded = await jobIn('running', { percentage: 40 });
  await moveJob(database.pool, { jobId: succeeded, event: 'succeeded' });
  assert.equal((await rowOf(succeeded))['percentage'], 100);
  const retried = await jobIn('failed', { percentage: 99 });
  await moveJob(database.pool, { jobId: retried, event: 'retried' });
  assert.equal((await rowOf(retried))['percentage'], 99);
});

/** What each intention comes to, by state; a code is a refusal. */
const INTENTIONS: readonly {
  readonly name: string;
  readonly intend: (jobId: string) => Promise<{ state: JobState }>;
  readonly expected: Readonly<Record<JobState, JobState | 'refused'>>;
}[] = [
  {
    name: 'cancel',
    intend: (jobId) => cancelJob(database.pool, jobId),
    expected: {
      scheduled: 'cancelled',
      queued: 'cancelled',
      running: 'cancelling',
      pausing: 'cancelling',
      paused: 'cancelled',
      cancelling: 'cancelling',
      cancelled: 'cancelled',
      delivering: 'cancelling',
      succeeded: 'refused',
      failed: 'refused',
    },
  },
  {
    name: 'pause',
    intend: (jobId) => pauseJob(database.pool, jobId),
    expected: {
      scheduled: 'refused',
      queued: 'paused',
      running: 'pausing',
      pausing: 'pausing',
      paused: 'paused',
      cancelling: 'refused',
      cancelled: 'refused',
      delivering: 'refused',
      succeeded: 'refused',
      failed: 'refused',
    },
  },
  {
    name: 'resume',
    intend: (jobId) => resumeJob(database.pool, jobId),
    expected: {
      scheduled: 'refused',
      queued: 'queued',
      running: 'running',
      pausing: 'running',
      paused: 'queued',
      cancelling: 'refused',
      cancelled: 'refused',
      delivering: 'refused',
      succeeded: 'refused',
      failed: 'refused',
    },
  },
  {
    name: 'retry',
    intend: (jobId) => retryJob(database.pool, jobId),
    expected: {
      scheduled: 'refused',
      queued: 'refused',
      running: 'refused',
      pausing: 'refused',
      paused: 'refused',
      cancelling: 'refused',
      cancelled: 'refused',
      delivering: 'refused',
      succeeded: 'refused',
      failed: 'queued',
    },
  },
];

for (const { name, intend, expected } of INTENTIONS) {
  test(`${name} takes effect at once where no worker holds the job, and is refused where it means nothing`, async () => {
    for (const state of JOB_STATES) {
      const id = await jobIn(state);
      if (expected[state] === 'refused') {
        await assert.rejects(intend(id), { code: 'job.invalid_transition' }, state);
        assert.equal((await rowOf(id))['state'], state);
      } else {
        assert.equal((await intend(id)).state, expected[state], state);
      }
    }
  });
}

test('a delivery is cancelled whoever has the keys by then that its export needed', async () => {
  const key = { exclusive_keys: [randomUUID()] };
  const delivering = await jobIn('delivering', key);
  const running = await jobIn('running', key);
  assert.equal((await cancelJob(database.pool, delivering)).state, 'cancelling');
  await assert.rejects(jobIn('running', key), { constraint: 'jobs_one_writer' });
  assert.equal((await rowOf(running))['state'], 'running');
});

test('a delivery that nobody has in hand is cancelled at once, and claimed by one worker only', async () => {
  const waiting = await jobIn('delivering', { worker_id: null });
  assert.equal((await cancelJob(database.pool, waiting)).state, 'cancelled');
  const due = await jobIn('delivering', { worker_id: null });
  const claims = await Promise.all(
    Array.from({ length: 5 }, () => claimJob(database.pool, { jobId: due, workerId: randomUUID() })),
  );
  assert.deepEqual(
    claims.flatMap((job) => (job === undefined ? [] : [job.state])),
    ['delivering'],
  );
  const early = await jobIn('delivering', { worker_id: null, not_before: new Date(Date.now() + 60_000) });
  assert.equal(await claimJob(database.pool, { jobId: early, workerId: randomUUID() }), undefined);
});

test('a job stopped by its stop time can be resumed, and is not stopped again by it', async () => {
  const id = await jobIn('cancelled', { reason: 'stop_time', stop_at: new Date(Date.now() - 1000) });
  assert.equal((await resumeJob(database.pool, id)).state, 'queued');
  assert.equal((await rowOf(id))['stop_at'], null);
});

test('intentions on a job that does not exist say so', async () => {
  for (const { intend } of INTENTIONS) await assert.rejects(intend(randomUUID()), { code: 'job.not_found' });
});

test('the constraints hold whatever a statement would do', async () => {
  const violations: readonly [JobState, Readonly<Record<string, unknown>>, string][] = [
    ['running', { finished_at: new Date() }, 'finished_when_final'],
    ['succeeded', { finished_at: null }, 'finished_when_final'],
    ['queued', { worker_id: randomUUID() }, 'claimed_when_held'],
    ['succeeded', { worker_id: randomUUID() }, 'claimed_when_held'],
    ['failed', { failure: null }, 'failure_when_failed'],
    ['running', { percentage: 100 }, 'complete_at_the_end'],
    ['succeeded', { percentage: 101 }, 'jobs_percentage_check'],
    ['queued', { priority: 101 }, 'jobs_priority_check'],
    ['delivering', { destination: null }, 'delivering_somewhere'],
    ['nowhere' as JobState, {}, 'jobs_state_check'],
    ['queued', { kind: 'wish' }, 'jobs_kind_check'],
  ];
  for (const [state, columns, constraint] of violations) {
    await assert.rejects(jobIn(state, columns), { constraint }, JSON.stringify(columns));
  }
});

test('of the jobs with one exclusive key at most one can run', async () => {
  const key = { exclusive_keys: [randomUUID()] };
  const running = await jobIn('running', key);
  for (const state of ['running', 'pausing', 'cancelling'] as const) {
    await assert.rejects(jobIn(state, key), { constraint: 'jobs_one_writer' });
  }
  const queued = await jobIn('queued', key);
  await assert.rejects(moveJob(database.pool, moveOf(queued, 'claimed')), { constraint: 'jobs_one_writer' });
  await moveJob(database.pool, { jobId: running, event: 'succeeded' });
  assert.equal((await moveJob(database.pool, moveOf(queued, 'claimed')))?.state, 'running');
});
