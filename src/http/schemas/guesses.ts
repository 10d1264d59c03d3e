import { listOf, objectOf } from './shared.ts';

/** How a source is read where neither the request nor the file itself settles it. */
export const GUESSES = listOf(
  objectOf({
    what: { enum: ['encoding', 'delimiter', 'quote', 'header', 'skipLines', 'sheet'] },
    value: { type: ['string', 'boolean', 'integer'] },
    because: { type: 'string' },
  }),
);
