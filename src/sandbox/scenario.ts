/** What the sandbox is to do wrong, and when: a JSON file, or the body of `POST /sandbox/scenario`. */
import { didYouMean } from '../core/did-you-mean.ts';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';
import type { MountedProtocol } from '../http/mount/mounted-protocol.ts';
import { createValidatorCompiler } from '../http/requests/request-validation.ts';
import { DELAY } from './duration.ts';

/** What stands for a failure of the server's own. */
export const BUG = 'bug';

/** Which requests a rule is about: those for which all of it holds. */
export interface RuleCondition {
  /** Default: requests in every protocol. */
  readonly protocol?: string;
  /** `operationId` in the protocol's OpenAPI document. */
  readonly call?: string;
  /** Id or number of the job that the request is about. */
  readonly job?: string | number;
  /** The nth of the jobs that requests of this protocol and call have been about. */
  readonly nth?: number;
  /** Requests are counted for each job, from 1; both ends belong to it. */
  readonly polls?: { readonly from?: number; readonly to?: number };
}

/** `fails`, `hangs`, `delivers`: what the job looks like. `expired`: it really is older than its files are kept. */
export const JOB_FATES = ['fails', 'hangs', 'delivers', 'expired'] as const;
export type JobFate = (typeof JOB_FATES)[number];

/** What happens then; several at once, where they fit together. */
export interface RuleEffect {
  /** Before anything else. */
  readonly delay?: string;
  /** The answer, in the protocol's words, before the request is carried out. */
  readonly error?: ErrorCode | typeof BUG;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  /** `before`: nothing is done and nothing is answered. `halfway`: it is done, and half of the answer's body arrives. */
  readonly cut?: 'before' | 'halfway';
  readonly job?: JobFate;
  /** Percentage at which a job fails or hangs; default 30. */
  readonly at?: number;
}

export interface Rule {
  readonly when?: RuleCondition;
  readonly do: RuleEffect;
}

export interface Scenario {
  readonly rules: readonly Rule[];
}

export const NO_SCENARIO: Scenario = { rules: [] };

const COUNT = { type: 'integer', minimum: 1 };

const CONDITION = {
  type: 'object',
  additionalProperties: false,
  description: 'Which requests; absent: all.',
  properties: {
    protocol: { type: 'string', description: 'Name of a protocol.' },
    call: { type: 'string', description: 'operationId in the OpenAPI document of the protocol.' },
    job: { type: ['integer', 'string'], description: 'Number or id of a job.' },
    nth: { ...COUNT, description: 'The nth job that requests of this protocol and call have been about.' },
    polls: {
      type: 'object',
      additionalProperties: false,
      description: 'Of the requests about one job, these.',
      properties: { from: COUNT, to: COUNT },
    },
  },
};

const EFFECT = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    delay: { ...DELAY, description: 'Wait so long, such as 500ms or 5s.' },
    error: { enum: [...ERROR_CODES, BUG], description: 'Refuse with this code of docs/errors.md, or fail.' },
    details: { type: 'object', description: 'Of the error.' },
    retryAfterSeconds: { type: 'integer', minimum: 0, description: 'Of the error: Retry-After.' },
    cut: { enum: ['before', 'halfway'], description: 'End the connection.' },
    job: { enum: JOB_FATES, description: 'What becomes of the job.' },
    at: { type: 'integer', minimum: 0, maximum: 99, description: 'Percentage at which it does; default 30.' },
  },
};

export const SCENARIO_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Scenario of waybill sandbox',
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: {
    $schema: { type: 'string' },
    rules: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['do'],
        properties: { when: CONDITION, do: EFFECT },
      },
    },
  },
};

const validate = createValidatorCompiler()({ schema: SCENARIO_SCHEMA, httpPart: 'body' });

/** @throws AppError `request.invalid` with everything that is wrong, names of protocols and calls that there are not among it */
export function parseScenario(raw: unknown, protocols: readonly MountedProtocol[]): Scenario {
  const result = validate(raw);
  if (result !== true) throw result.error;
  const scenario = raw as Scenario;
  const problems = scenario.rules.flatMap(({ when }, index) =>
    problemsOf(when ?? {}, protocols).map((problem) => `rules/${index}/when: ${problem}`),
  );
  if (problems.length === 0) return scenario;
  throw new AppError('request.invalid', `The scenario is not valid: ${problems.join('; ')}.`, {
    details: { problems },
  });
}

function problemsOf({ protocol, call }: RuleCondition, protocols: readonly MountedProtocol[]): string[] {
  const names = protocols.map((one) => one.protocol.name);
  if (protocol !== undefined && !names.includes(protocol)) {
    return [
      `there is no protocol "${protocol}"${didYouMean(protocol, names)}; there are ${names.join(', ')}`,
    ];
  }
  const spoken = protocols.filter((one) => protocol === undefined || one.protocol.name === protocol);
  const calls = spoken.flatMap(({ bound }) => bound.routes.map(({ operation }) => operation.operationId));
  if (call === undefined || calls.includes(call)) return [];
  return [
    `there is no call "${call}"${didYouMean(call, calls)}; there are ${[...new Set(calls)].join(', ')}`,
  ];
}
