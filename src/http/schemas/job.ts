/** A job as the API shows it. */
import { IMPORT_OPTION_NAMES, IMPORT_OPTIONS } from '../../core/import-options.ts';
import { JOB_KINDS, PHASES, WAITING_REASONS } from '../../core/job.ts';
import { JOB_STATES } from '../../core/job-state.ts';
import { REPORT_STATES } from '../../core/report.ts';
import { NOTIFICATION_STATES } from '../render-job.ts';
import { DELIVERY, DESTINATION, LOG } from './delivery.ts';
import { GUESSES } from './guesses.ts';
import { EXPORT_BODY, IMPORT_OPTION_MEMBERS } from './kick-off.ts';
import { ANYTHING, listOf, named, objectOf, TEXT_MAP, TIME } from './shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

const STAGED = {
  ...COUNT,
  description:
    'Processed records that are accepted but not written yet, because atomicity `all` or mode `replace` writes everything at the end. They have no outcome until then.',
} as const;

const IMPORT_OPTIONS_SHOWN = named(
  'ImportOptions',
  objectOf(
    IMPORT_OPTION_MEMBERS,
    IMPORT_OPTION_NAMES.filter((name) => !('byDefault' in IMPORT_OPTIONS[name])),
  ),
);

const { fields, filter, order, format, compression, delimiter, header, encoding, ...EXPORT_REST } =
  EXPORT_BODY.properties;
const { headerLabels, fileName, splitRecords, splitBytes, guardFormulas } = EXPORT_REST;
const OPTIONAL = {
  fields,
  filter,
  order,
  delimiter,
  header,
  headerLabels,
  encoding,
  fileName,
  splitRecords,
  splitBytes,
  guardFormulas,
};

const EXPORT_OPTIONS = named(
  'ExportOptions',
  objectOf({ format, compression, ...OPTIONAL }, Object.keys(OPTIONAL)),
);

const RESULTS = named(
  'Results',
  objectOf({
    successful: { ...COUNT, description: 'Accepted without an issue.' },
    warnings: { ...COUNT, description: 'Accepted, with a warning.' },
    errors: { ...COUNT, description: 'Rejected.' },
  }),
);

const OUTCOMES = named(
  'Outcomes',
  objectOf({
    created: COUNT,
    updated: COUNT,
    unchanged: COUNT,
    deleted: COUNT,
    skipped: COUNT,
    rejected: COUNT,
    removed: { ...COUNT, description: 'Rows that mode `replace` deleted: the source lacked them.' },
  }),
);

const PART = named(
  'Part',
  objectOf(
    {
      part: { ...COUNT, description: 'From 0.' },
      collection: { type: 'string' },
      collectionVersion: COUNT,
      scope: { ...TEXT_MAP, description: 'Columns and values that all records of the part have.' },
      source: objectOf(
        {
          upload: { type: 'string', format: 'uuid' },
          location: { type: 'string', description: 'Address that it is fetched from.' },
          unpack: { type: 'string', description: 'How one file is made of what is at the address.' },
        },
        ['upload', 'location', 'unpack'],
      ),
      fields: { ...fields, description: 'Export: fields of this part, instead of those in the options.' },
      filter: { ...filter, description: 'Export: filter of this part, instead of the one in the options.' },
      guesses: {
        ...GUESSES,
        description: 'How the source is read where neither the request nor the file determines it.',
      },
      ignored: {
        ...objectOf({
          count: COUNT,
          fields: {
            ...listOf(
              objectOf(
                {
                  name: { type: 'string' },
                  because: {
                    enum: ['generated', 'identity'],
                    description: 'The collection has this field, but only the target fills its column.',
                  },
                  closest: { type: 'string', description: 'The field that it may have been meant for.' },
                },
                ['because', 'closest'],
              ),
            ),
            description: 'The first 100.',
          },
        }),
        description:
          'Fields of the source that are ignored, because the collection does not have them or only its target fills them. Absent if there are none.',
      },
      total: { ...COUNT, description: 'Records in the source; absent until they are counted.' },
      isComplete: {
        type: 'boolean',
        description:
          'Nothing is left to do for this part. If a job has failed, the parts after the failed one were not started.',
      },
      processed: COUNT,
      staged: STAGED,
      results: RESULTS,
      outcomes: OUTCOMES,
    },
    ['source', 'fields', 'filter', 'guesses', 'ignored', 'total', 'staged'],
  ),
);

const PROGRESS = named(
  'Progress',
  objectOf(
    {
      processed: {
        ...COUNT,
        description:
          'Judged: rejected, or accepted and written, or `staged`. Never falls while the job runs.',
      },
      staged: STAGED,
      total: { ...COUNT, description: 'Absent until known.' },
      percentage: {
        type: 'integer',
        minimum: 0,
        maximum: 100,
        description: 'Never falls; at most 99 before the end.',
      },
      currentOperation: { enum: PHASES, description: 'What the worker is doing; absent at the end.' },
      waitsFor: {
        type: 'string',
        description: 'What the job waits for that others hold in the target, such as `a lock on contacts`.',
      },
      estimatedCompletion: TIME,
    },
    ['staged', 'total', 'currentOperation', 'waitsFor', 'estimatedCompletion'],
  ),
);

const NOTIFICATION = named(
  'Notification',
  objectOf(
    {
      to: { type: 'string', description: 'The server that is called: the address without its path.' },
      state: {
        enum: NOTIFICATION_STATES,
        description: '`waiting`: the job has not ended. `pending`: the call has not succeeded yet.',
      },
      attempts: { ...COUNT, description: 'Completed tries.' },
      lastError: { type: 'string', description: 'Why the last try failed.' },
    },
    ['lastError'],
  ),
);

const REPORT = named(
  'Report',
  objectOf(
    {
      state: {
        enum: REPORT_STATES,
        description:
          '`pending`: the job was stopped, and the files of its issues and rejected records are still being written. `given_up`: some of them cannot be written.',
      },
      error: { type: 'string', description: 'Why the last try failed.' },
    },
    ['error'],
  ),
);

export const JOB = named(
  'Job',
  objectOf(
    {
      id: { type: 'string', format: 'uuid' },
      number: { ...COUNT, description: 'The short name; per server, with gaps.' },
      kind: { enum: JOB_KINDS },
      state: { enum: JOB_STATES, description: 'More states may come; treat unknown ones as not final.' },
      reason: { type: 'string', description: 'Why the job is in its state, if there is a reason.' },
      failure: objectOf(
        {
          code: { type: 'string', description: 'From docs/errors.md.' },
          message: { type: 'string' },
          retryable: { type: 'boolean' },
          details: { ...ANYTHING, description: 'Numbers and names in the message.' },
        },
        ['details'],
      ),
      report: { ...REPORT, description: 'State of the files of an import or validation that has ended.' },
      completeness: {
        enum: ['all', 'some', 'none'],
        description: 'How many records were accepted, at the end.',
      },
      waitingBecause: {
        enum: WAITING_REASONS,
        description:
          'Why a queued job has not started. `prerequisite`: the job in `after` has not succeeded yet. `collection`: another job has the same collection and scope. `pause`: it will be tried again after a fault. `workers_busy`: all workers are busy. `no_worker`: no worker is running. Absent if it is about to start.',
      },
      waitingFor: {
        ...objectOf({ number: COUNT }),
        description: 'The job in `after`, or the job that goes first on the same collection.',
      },
      collection: { type: 'string', description: 'Of a job with one part; the parts name theirs.' },
      options: {
        anyOf: [IMPORT_OPTIONS_SHOWN, EXPORT_OPTIONS],
        description: 'As accepted, with defaults filled in.',
      },
      destination: DESTINATION,
      log: LOG,
      delivery: DELIVERY,
      description: { type: 'string' },
      labels: listOf({ type: 'string' }),
      metadata: { ...ANYTHING, description: 'As given at the kick-off.' },
      notification: {
        ...NOTIFICATION,
        description: 'The address that the job calls, and the state of the call; absent if there is none.',
      },
      createdBy: { type: 'string' },
      protocol: {
        type: 'string',
        description: 'The protocol that started the job; absent: this API.',
      },
      parentId: { type: 'string', format: 'uuid', description: 'The job that this one corrects.' },
      after: {
        type: 'string',
        format: 'uuid',
        description: 'The job that must succeed before this one starts.',
      },
      priority: { type: 'integer' },
      attempt: { ...COUNT, description: 'How often a worker has started it.' },
      progress: PROGRESS,
      results: RESULTS,
      outcomes: OUTCOMES,
      parts: listOf(PART),
      createdAt: TIME,
      startAt: TIME,
      stopAt: TIME,
      startedAt: TIME,
      finishedAt: TIME,
      updatedAt: TIME,
      sameContentAs: {
        ...objectOf({ id: { type: 'string' }, number: COUNT }),
        description: 'Only in the answer to a kick-off: an earlier import of the same bytes.',
      },
      links: { ...TEXT_MAP, description: 'Related addresses, by name.' },
    },
    [
      'reason',
      'failure',
      'report',
      'completeness',
      'waitingBecause',
      'waitingFor',
      'collection',
      'destination',
      'log',
      'delivery',
      'description',
      'notification',
      'createdBy',
      'protocol',
      'parentId',
      'after',
      'startAt',
      'stopAt',
      'startedAt',
      'finishedAt',
      'sameContentAs',
    ],
  ),
);
