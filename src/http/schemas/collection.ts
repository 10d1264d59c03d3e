/** What the routes on collections take and answer. */
import { HTTP_LIMITS } from '../limits.ts';
import { ANYTHING, listOf, named, objectOf, TIME } from './shared.ts';

export const COUNT = { type: 'integer', minimum: 0 } as const;
export const FLAG = { type: 'boolean' } as const;
const TEXT = { type: 'string' } as const;

const COLUMNS = {
  ...listOf(objectOf({ field: TEXT, column: TEXT, sqlType: TEXT }, ['sqlType'])),
  description: 'The column of each field. `sqlType` is absent while a bound target cannot be reached.',
};

const RECORDS = {
  ...COUNT,
  description: 'Only with `count=true`; for a collection with a scope, only together with `scope`.',
};

export const DEFINITION = named('Definition', {
  ...ANYTHING,
  description: 'Fields with their rules, key and target; see docs/collections.md.',
  examples: [
    {
      key: ['id'],
      schema: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          name: { type: 'string' },
          born: { type: 'string', format: 'date' },
        },
        required: ['id', 'name'],
      },
    },
  ],
});

/** What else the routes on collections are asked with. */
export const DRY_RUN = { ...FLAG, description: 'Only show what would be done.' } as const;
export const ALLOW_DESTRUCTIVE = { ...FLAG, description: 'Continue even if data is lost.' } as const;
export const WITH_COUNT = { ...FLAG, description: 'Count the records, too.' } as const;

const STORED = {
  name: TEXT,
  version: COUNT,
  definition: DEFINITION,
  createdAt: TIME,
  updatedAt: TIME,
};

export const LISTED_COLLECTION = named(
  'ListedCollection',
  objectOf({ ...STORED, records: RECORDS }, ['records']),
);

export const COLLECTION = named(
  'Collection',
  objectOf({ ...STORED, columns: COLUMNS, records: RECORDS }, ['records']),
);

export const VERSION = named(
  'ListedVersion',
  objectOf({ name: TEXT, version: COUNT, createdAt: TIME, isCurrent: FLAG }),
);

export const FULL_VERSION = named(
  'Version',
  objectOf({
    name: TEXT,
    version: COUNT,
    createdAt: TIME,
    isCurrent: { ...FLAG, description: 'The collection has not been changed or dropped since.' },
    definition: DEFINITION,
  }),
);

export const APPLIED = named(
  'AppliedCollection',
  objectOf(
    {
      name: TEXT,
      version: COUNT,
      isChanged: FLAG,
      isDryRun: FLAG,
      steps: listOf(objectOf({ text: TEXT, destructive: FLAG })),
      columns: COLUMNS,
    },
    ['version'],
  ),
);

/** What a target may have against being looked at or changed. */
export const TARGET_ERRORS = [
  'target.not_found',
  'target.unsupported',
  'target.permission_denied',
  'target.refused',
  'target.busy',
  'module.invalid',
  'module.failed',
] as const;

export const NAME_PARAMS = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: HTTP_LIMITS.nameCharacters.value,
      description: 'The name of the collection.',
    },
  },
} as const;

export const VERSION_PARAMS = {
  type: 'object',
  required: ['name', 'version'],
  properties: {
    ...NAME_PARAMS.properties,
    version: { type: 'integer', minimum: 1, maximum: 2_147_483_647, description: 'From 1.' },
  },
} as const;

/** Conditions of a write: the entity tag that was read, or that nothing may be there. */
export const CONDITIONS = {
  type: 'object',
  properties: {
    'if-match': {
      ...TEXT,
      description: 'The ETag that was read. Refused with 412 if the collection has changed since.',
    },
    'if-none-match': { ...TEXT, description: '`*`: refused with 412 if the collection already exists.' },
  },
} as const;

export const SCOPE_QUERY = {
  type: 'array',
  items: { type: 'string', pattern: '^[^=]+=' },
  description: 'Scope to count in: `column=value`, once for each of its columns.',
} as const;
