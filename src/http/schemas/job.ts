/** A job as the API shows it. */
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
    'Of the processed ones: accepted, and in no table yet, since atomicity `all` or mode `replace` writes everything at the end. They have no outcome before.',
} as const;

const IMPORT_OPTIONS = named(
  'ImportOptions',
  objectOf(IMPORT_OPTION_MEMBERS, [
    'maxErrors',
    'maxErrorShare',
    'maxRecords',
    'maxDeletes',
    'rowsPerSecond',
    'effects',
    'guardFormulas',
    'advanceSequences',
  ]),
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
    successful: { ...COUNT, description: 'Accepted without a remark.' },
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
    removed: { ...COUNT, description: 'What mode `replace` deleted, since the file did not name it.' },
  }),
);

const PART = named(
  'Part',
  objectOf(
    {
      part: { ...COUNT, description: 'From 0.' },
      collection: { type: 'string' },
      collectionVersion: COUNT,
      scope: { ...TEXT_MAP, description: 'Columns and values that every record of the part carries.' },
      source: objectOf(
        {
          upload: { type: 'string', format: 'uuid' },
          location: { type: 'string', description: 'Where it is, or was, fetched from.' },
          unpack: { type: 'string', description: 'What makes one file of what is there.' },
        },
        ['upload', 'location', 'unpack'],
      ),
      fields: { ...fields, description: 'Export: of this part, in place of those of the options.' },
      filter: { ...filter, description: 'Export: of this part, in place of that of the options.' },
      guesses: {
        ...GUESSES,
        description: 'How the source is read where neither the request nor the file itself settles it.',
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
                    description: 'The collection has it, and only the target fills its column.',
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
          'What the source has and the collection does not, or only its target fills. It is left out; absent where it is nothing.',
      },
      total: { ...COUNT, description: 'Records in the source; absent until they are counted.' },
      isComplete: {
        type: 'boolean',
        description:
          'Nothing is left to do for this part. Where a job has failed, the parts after the one that failed it were not begun.',
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
      currentOperation: { enum: PHASES, description: 'What the worker does; absent once the job has ended.' },
      waitsFor: {
        type: 'string',
        description: 'What others hold in the target that the job waits for, such as `a lock on contacts`.',
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
      to: { type: 'string', description: 'The server that is told: the address without its path.' },
      state: {
        enum: NOTIFICATION_STATES,
        description: '`waiting` for something to tell; `pending` until it has been told.',
      },
      attempts: { ...COUNT, description: 'Tries that came to an end.' },
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
          '`pending`: the job was stopped, and the files of its issues and rejected records are still being written. `given_up`: not all of them can be.',
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
      reason: { type: 'string', description: 'Why the job is in its state, where there is a reason.' },
      failure: objectOf(
        {
          code: { type: 'string', description: 'From docs/errors.md.' },
          message: { type: 'string' },
          retryable: { type: 'boolean' },
          details: { ...ANYTHING, description: 'Figures and names of the message.' },
        },
        ['details'],
      ),
      report: {
        ...REPORT,
        description: 'Of an import or validation that has ended: how the files that it leaves stand.',
      },
      completeness: { enum: ['all', 'some', 'none'], description: 'Of the records, once the job has ended.' },
      waitingBecause: {
        enum: WAITING_REASONS,
        description:
          'Why a queued job has not begun. `prerequisite`: the job that it comes after; `collection`: a job on the same collection and scope; `pause`: it is tried again a while after a fault; `workers_busy`: each worker has a job; `no_worker`: no worker runs. Absent when it is about to begin.',
      },
      waitingFor: {
        ...objectOf({ number: COUNT }),
        description: 'The job that this one comes after, or that goes first on the same collection.',
      },
      collection: { type: 'string', description: 'Of a job with one part; the parts name theirs.' },
      options: {
        anyOf: [IMPORT_OPTIONS, EXPORT_OPTIONS],
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
        description: 'Whom the job tells of itself, and how that stands; absent where nobody is told.',
      },
      createdBy: { type: 'string' },
      protocol: {
        type: 'string',
        description: 'The protocol that the job was asked for in; absent: this one.',
      },
      parentId: { type: 'string', format: 'uuid', description: 'The job that this one corrects.' },
      after: {
        type: 'string',
        format: 'uuid',
        description: 'The job that must have succeeded before this one begins.',
      },
      priority: { type: 'integer' },
      attempt: { ...COUNT, description: 'How often a worker has taken the job.' },
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
      links: { ...TEXT_MAP, description: 'Where to look further, by name.' },
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
