/** Where things are carried, and how that stands. */
import { DELIVERY_STATES } from '../../core/delivery.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { named, objectOf, TIME } from './shared.ts';

/** An address, as requests give it. */
export const LOCATION = {
  type: 'string',
  minLength: 1,
  maxLength: HTTP_LIMITS.locationCharacters.value,
} as const;

/** Where the result of an export is carried. */
export const DESTINATION = named(
  'Destination',
  objectOf(
    {
      location: {
        ...LOCATION,
        description: 'Address of a folder, under a prefix of the setting `locations`.',
      },
      retryEveryMs: {
        type: 'integer',
        minimum: 100,
        maximum: 86_400_000,
        description: 'Pause between two tries. Default: 1 s, 2 s, 4 s and so on, up to a minute.',
      },
      giveUpAfterMs: {
        type: 'integer',
        minimum: 0,
        maximum: 2_592_000_000,
        description: 'How long to try. Default: 24 hours.',
      },
      folderPerJob: {
        type: 'boolean',
        description: 'Deliver into a subfolder that is named by the id of the job. Default false.',
      },
    },
    ['retryEveryMs', 'giveUpAfterMs', 'folderPerJob'],
  ),
);

/** How the way of an export's result to its destination stands. */
export const DELIVERY = named(
  'Delivery',
  objectOf(
    {
      state: {
        enum: DELIVERY_STATES,
        description: 'pending: the result is not complete yet. waiting: for the next try.',
      },
      attempts: { type: 'integer', minimum: 0, description: 'Tries that were started.' },
      startedAt: { ...TIME, description: 'When the result was complete.' },
      nextAttemptAt: TIME,
      lastError: { type: 'string', description: 'Why the last try failed.' },
    },
    ['startedAt', 'nextAttemptAt', 'lastError'],
  ),
);

/** Where a job keeps a log. */
export const LOG = named(
  'Log',
  objectOf({
    location: {
      ...LOCATION,
      pattern: '[^/]$',
      description: 'Address of a file, under a prefix of the setting `locations`.',
    },
  }),
);
