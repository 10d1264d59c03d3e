/** A sixth protocol, as docs/writing-a-protocol.md has it: one folder and one line. */
import type { JobState } from '../../../src/core/job-state.ts';
import type { Protocol, ProtocolRoute, RouteLimits } from '../../../src/protocols/protocol.ts';
import { type StatusView, type StatusViewState, wireWord } from '../../../src/protocols/status-view.ts';

interface TinyBinding {
  readonly collection: string;
}

export const TINY_BINDING = { collection: 'things' };

const LIMITS: RouteLimits = { permission: 'tiny:use' };

/** A new state of ours does not compile until it has a word. */
const WORDS: Readonly<Record<JobState, 'waiting' | 'busy' | 'good' | 'bad'>> = {
  scheduled: 'waiting',
  queued: 'waiting',
  running: 'busy',
  pausing: 'busy',
  paused: 'busy',
  cancelling: 'busy',
  delivering: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'bad',
};

const STATES: Readonly<Record<string, StatusViewState>> = {
  waiting: 'queued',
  busy: 'running',
  good: 'succeeded',
  bad: 'failed',
};

const OOPS = {
  description: 'Something is wrong.',
  content: {
    'application/json': {
      type: 'object',
      additionalProperties: false,
      properties: { oops: { type: 'string' } },
      required: ['oops'],
    },
  },
};

function start(binding: TinyBinding): ProtocolRoute {
  return {
    method: 'POST',
    path: '/things',
    limits: LIMITS,
    operation: {
      operationId: 'startThings',
      summary: 'Export the things',
      answers: {
        201: {
          description: 'Started.',
          content: {
            'application/json': {
              type: 'object',
              properties: { go: { type: 'string' } },
              required: ['go'],
              additionalProperties: false,
            },
          },
        },
        400: OOPS,
        500: OOPS,
      },
    },
    handle: () => ({
      do: 'start',
      job: { kind: 'export', parts: [{ collection: binding.collection }], facts: {} },
      answer: (job) => ({ status: 201, body: { go: job.id } }),
    }),
  };
}

const STATUS: ProtocolRoute = {
  method: 'GET',
  path: '/things/:id',
  limits: LIMITS,
  operation: {
    operationId: 'getThings',
    summary: 'How the export stands',
    params: { id: { type: 'string' } },
    answers: {
      200: {
        description: 'The word for it.',
        content: { 'application/json': { enum: Object.keys(STATES) } },
      },
      400: OOPS,
      500: OOPS,
    },
  },
  handle: ({ params }) => ({
    do: 'show',
    job: { id: params['id'] ?? '' },
    kinds: ['export'],
    answer: (job) => ({ status: 200, body: WORDS[job.state] }),
  }),
};

function read(word: unknown): StatusView {
  const state = typeof word === 'string' && Object.hasOwn(STATES, word) ? STATES[word] : undefined;
  return state === undefined
    ? { state: 'unknown', wire: wireWord(word), raw: word }
    : { state, wire: wireWord(word) };
}

export const TINY: Protocol = {
  name: 'tiny',
  title: 'Tiny',
  basePaths: ['/tiny'],
  capabilities: {
    kinds: ['export'],
    canCancel: false,
    canSchedule: false,
    canDownload: false,
    canDeliver: false,
  },
  bindingSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['collection'],
    properties: { collection: { type: 'string', description: 'What is exported.' } },
  },
  bind(raw) {
    const binding = raw as TinyBinding;
    return {
      routes: [start(binding), STATUS],
      uses: [{ collection: binding.collection, scope: undefined, fields: [], place: 'collection' }],
      renderError: (error) => ({
        status: error === undefined ? 500 : 400,
        body: { oops: error?.message ?? 'our fault' },
      }),
    };
  },
  projectStatus: (job) => read(WORDS[job.state]),
  readStatus: read,
};
