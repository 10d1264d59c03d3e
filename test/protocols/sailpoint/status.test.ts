/** States as values: ours in SailPoint's words, theirs in ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobKind } from '../../../src/core/job.ts';
import { JOB_KINDS } from '../../../src/core/job.ts';
import { JOB_STATES, type JobState } from '../../../src/core/job-state.ts';
import { renderInstant } from '../../../src/protocols/sailpoint/instants.ts';
import { BASE_PATHS, shapeOf } from '../../../src/protocols/sailpoint/shapes.ts';
import {
  projectStatus,
  readStatus,
  renderKickOff,
  renderStatus,
} from '../../../src/protocols/sailpoint/status.ts';

const CREATED = new Date('2021-05-13T15:04:24.112Z');
const MODIFIED = new Date('2021-05-13T15:04:27.363Z');
const COMPLETED = new Date('2021-05-13T15:04:27.358Z');

function jobIn(kind: JobKind, state: JobState, changes: Partial<Job> = {}): Job {
  const isFinal = ['succeeded', 'failed', 'cancelled'].includes(state);
  return {
    id: '1e824aa0-4c6e-4f14-95e9-e7dc5234aa51',
    number: 1,
    kind,
    state,
    options: { format: 'jsonl', compression: 'none' },
    parts: [],
    labels: [],
    metadata: {},
    priority: 0,
    epoch: 1,
    phase: 'exporting',
    percentage: isFinal ? 100 : 33,
    createdAt: CREATED,
    startedAt: CREATED,
    updatedAt: MODIFIED,
    version: 1,
    ...(isFinal && { finishedAt: COMPLETED }),
    ...(state === 'failed' && { failure: { code: 'job.stopped', message: 'away', retryable: true } }),
    ...changes,
  };
}

/** Source: SEED2, the example of the answer. */
const SEED_EXAMPLE = {
  jobId: '1e824aa0-4c6e-4f14-95e9-e7dc5234aa51',
  status: 'COMPLETE',
  type: 'EXPORT',
  message: null,
  description: 'Export Job 1 Test',
  expiration: '2021-05-20T15:04:24Z',
  created: '2021-05-13T15:04:24.112Z',
  modified: '2021-05-13T15:04:27.363Z',
  completed: '2021-05-13T15:04:27.358Z',
};

/** Source: SP-DOC (docs/vendors/sailpoint.md#endpoints), the kick-off. */
const KICK_OFF_EXAMPLE = {
  jobId: '19169053-66d2-40c6-8772-9e2bf55edcf6',
  status: 'NOT_STARTED',
  type: 'EXPORT',
  message: null,
  description: "Export from Neil's SailPoint tenant",
  expiration: '2021-09-03T15:55:29.127Z',
  created: '2021-08-27T15:55:29.127Z',
  modified: '2021-08-27T15:55:29.127Z',
  completed: null,
};

const BETA = shapeOf('/beta/sp-config');

test("the vendor's own examples are answered byte by byte", () => {
  const ended = jobIn('export', 'succeeded', { description: SEED_EXAMPLE.description });
  assert.equal(JSON.stringify(renderStatus(BETA, ended)), JSON.stringify(SEED_EXAMPLE));
  const at = new Date(KICK_OFF_EXAMPLE.created);
  const { jobId: id, description } = KICK_OFF_EXAMPLE;
  const started = jobIn('export', 'queued', { id, description, createdAt: at, updatedAt: at });
  assert.equal(JSON.stringify(renderKickOff(BETA, started)), JSON.stringify(KICK_OFF_EXAMPLE));
});

test('a status says what has been projected, for every state, kind and shape', () => {
  for (const state of JOB_STATES) {
    for (const kind of JOB_KINDS) {
      const job = jobIn(kind, state);
      assert.deepEqual(readStatus(renderStatus(BETA, job)), projectStatus(job), `${kind} ${state}`);
      for (const basePath of BASE_PATHS) {
        assert.deepEqual(
          readStatus(renderStatus(shapeOf(basePath), job)),
          projectStatus(job),
          `${basePath} ${kind} ${state}`,
        );
      }
    }
  }
});

test("the vendor's examples are read, and what is in no document is unknown", () => {
  assert.deepEqual(readStatus(SEED_EXAMPLE), {
    state: 'succeeded',
    wire: 'COMPLETE',
    createdAt: CREATED,
    finishedAt: COMPLETED,
  });
  assert.deepEqual(readStatus(KICK_OFF_EXAMPLE), {
    state: 'queued',
    wire: 'NOT_STARTED',
    createdAt: new Date('2021-08-27T15:55:29.127Z'),
  });
  const odd = { status: 'PAUSED', created: 'yesterday' };
  assert.deepEqual(readStatus(odd), { state: 'unknown', wire: 'PAUSED', raw: odd });
  assert.deepEqual(readStatus({ status: 'toString' }).state, 'unknown');
  assert.equal(readStatus(null).state, 'unknown');
});

const JOB = ['jobId', 'status', 'type', 'expiration', 'created', 'modified'];
const ALL = [
  'jobId',
  'status',
  'type',
  'message',
  'description',
  'expiration',
  'created',
  'modified',
  'completed',
];

/** Kick-off and status of an export, then of an import. Source: docs/vendors/sailpoint.md#endpoints */
const MEMBERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '/beta/sp-config': [ALL, ALL, ALL, ALL],
  '/v2024/sp-config': [
    [...JOB, 'description'],
    [...JOB, 'description', 'completed'],
    JOB,
    [...JOB, 'message', 'completed'],
  ],
};

test('each base path has the members of its time', () => {
  const later = BASE_PATHS.filter((path) => path !== '/beta/sp-config');
  assert.deepEqual(later, ['/v2024/sp-config', '/v2025/sp-config', '/v2026/sp-config', '/sp-config/v1']);
  for (const basePath of BASE_PATHS) {
    const shape = shapeOf(basePath);
    const found = (['export', 'import'] as const).flatMap((kind) => {
      const job = jobIn(kind, 'succeeded', { description: 'x' });
      return [Object.keys(renderKickOff(shape, job)), Object.keys(renderStatus(shape, job))];
    });
    const expected = MEMBERS[basePath] ?? MEMBERS['/v2024/sp-config'];
    assert.deepEqual(found, expected, basePath);
  }
});

test('what is not known is null in the shape of 2022, and left out later', () => {
  const queued = jobIn('export', 'queued');
  const seed = renderStatus(BETA, queued) as Readonly<Record<string, unknown>>;
  assert.deepEqual([seed['message'], seed['description'], seed['completed']], [null, null, null]);
  assert.deepEqual(Object.keys(renderStatus(shapeOf('/v2026/sp-config'), queued)), JOB);
});

test('imports that have ended say where to look', () => {
  const messageIn = (kind: JobKind, state: JobState) =>
    (renderStatus(BETA, jobIn(kind, state)) as { message: unknown }).message;
  for (const kind of ['import', 'validation'] as const) {
    assert.equal(messageIn(kind, 'succeeded'), 'Download import results for details.');
    assert.equal(
      messageIn(kind, 'failed'),
      'Import halted because of errors. Download results for error details.',
    );
    assert.equal(messageIn(kind, 'running'), null);
    assert.equal(messageIn(kind, 'cancelled'), null);
  }
  assert.equal(messageIn('export', 'failed'), null);
});

test('zeros at the end of a fraction are left out', () => {
  const cases = {
    '2021-08-27T15:55:37.590Z': '2021-08-27T15:55:37.59Z',
    '2021-08-27T15:50:00.000Z': '2021-08-27T15:50:00Z',
    '2021-08-27T15:55:30.100Z': '2021-08-27T15:55:30.1Z',
    '2021-08-27T15:55:30.001Z': '2021-08-27T15:55:30.001Z',
  };
  for (const [time, expected] of Object.entries(cases)) assert.equal(renderInstant(new Date(time)), expected);
});
