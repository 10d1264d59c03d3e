/** What the routes on issues take and answer. */
import { HTTP_LIMITS } from '../limits.ts';
import { ARTIFACT } from './artifact.ts';
import { ANYTHING, listOf, named, objectOf, PAGE_LINKS, TIME } from './shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;
const TEXT = { type: 'string' } as const;
const SEVERITY = { enum: ['warning', 'error'] } as const;

/** So many columns an index of PostgreSQL may have. */
const MAX_KEY_FIELDS = 32;

const ISSUE = named(
  'Issue',
  objectOf(
    {
      part: COUNT,
      record: COUNT,
      line: COUNT,
      cell: {
        ...TEXT,
        description: 'Of a workbook: sheet and address, as `Prices!F17`, or the row, as `Prices!17:17`.',
      },
      byteOffset: COUNT,
      byteLength: COUNT,
      severity: SEVERITY,
      code: TEXT,
      params: { ...ANYTHING, description: 'Parameters of the code; see docs/issues.md.' },
      field: TEXT,
      value: TEXT,
      key: {
        ...listOf(TEXT),
        description:
          "The record's key, a text for each of its fields; absent if it is unknown, sensitive or removed.",
      },
      message: { ...TEXT, description: 'The issue in English, from its code and parameters.' },
    },
    ['cell', 'field', 'value', 'key'],
  ),
);

const GROUP = named(
  'IssueGroup',
  objectOf(
    {
      part: COUNT,
      code: TEXT,
      field: TEXT,
      severity: SEVERITY,
      count: COUNT,
      examples: listOf(ISSUE),
    },
    ['field'],
  ),
);

const VALUES_REMOVED_AT = {
  ...TIME,
  description: 'Since this time, earlier issues no longer have values of records.',
} as const;

export const GROUP_LIST = objectOf(
  {
    groups: listOf(GROUP),
    isComplete: {
      type: 'boolean',
      description:
        'False while the job runs, and if it ended without grouping all issues; then only the first ones are counted.',
    },
    valuesRemovedAt: VALUES_REMOVED_AT,
  },
  ['valuesRemovedAt'],
);

export const ISSUE_PAGE = objectOf(
  {
    issues: {
      ...listOf(ISSUE),
      description: 'May be empty even if there is a next page, because of the filter.',
    },
    next: { ...TEXT, description: '`after` of the next page; absent on the last.' },
    links: PAGE_LINKS,
    files: { ...listOf(ARTIFACT), description: 'All issues as files, once the job has ended.' },
    valuesRemovedAt: VALUES_REMOVED_AT,
  },
  ['next', 'valuesRemovedAt'],
);

export const ISSUE_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: {
      ...TEXT,
      pattern: '^[0-9]{1,15}(-[0-9]{1,10}-[0-9]{1,15}(-[0-9]{1,15})?)?$',
      description: 'The `next` of a page, or a number: the same as `record=NUMBER+1-`.',
    },
    code: { ...TEXT, description: 'Only issues with this code.' },
    field: { ...TEXT, description: 'Only issues of this field.' },
    severity: { ...SEVERITY, description: 'Only issues of this severity.' },
    record: {
      ...TEXT,
      pattern: '^[0-9]{1,15}(-[0-9]{0,15})?$',
      description: 'One record, or a range: `17`, `10-20`, `10-`. Other records are not looked at.',
    },
    key: {
      type: 'array',
      items: TEXT,
      minItems: 1,
      maxItems: MAX_KEY_FIELDS,
      description:
        'Only issues of records with this key. If the key has several fields, repeat it for each, in order.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: HTTP_LIMITS.issuesPerPage.value,
      description: 'Issues on a page; those of one record stay together.',
    },
  },
} as const;
