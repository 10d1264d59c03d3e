/** How a source is read: its form, and which of its fields becomes which of the collection. */
import { COMPRESSIONS, ENCODINGS } from '../../formats/format.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { listOf, named, objectOf } from './shared.ts';

export const FORMAT_NAMES = ['csv', 'jsonl', 'json', 'xlsx'] as const;
const CHARACTER = { type: 'string', minLength: 1, maxLength: 1 } as const;
/** Titles above a table, not a way to begin in the middle. */
export const MAX_SKIPPED_LINES = 10_000;
const FLAG = { type: 'boolean' } as const;
const NAME = { type: 'string', minLength: 1, maxLength: HTTP_LIMITS.nameCharacters.value } as const;

/** How to read the source, where it should not be found out. */
export const DIALECT = {
  title: 'Dialect',
  type: 'object',
  additionalProperties: false,
  properties: {
    format: { enum: FORMAT_NAMES, description: 'Default: found out.' },
    encoding: { enum: ENCODINGS, description: 'Default: found out.' },
    compression: { enum: COMPRESSIONS, description: 'Default: found out.' },
    delimiter: { ...CHARACTER, description: 'Between fields of CSV. Default: found out.' },
    quote: {
      ...CHARACTER,
      description:
        'Around fields of CSV. Default: a double quote, or an apostrophe where whole fields stand in them.',
    },
    escape: { ...CHARACTER, description: 'Before a quote in a quoted field. Default: the quote itself.' },
    header: { ...FLAG, description: 'The first record has the names of the fields. Default: found out.' },
    headerRow: {
      type: 'integer',
      minimum: 1,
      maximum: 1 + MAX_SKIPPED_LINES,
      description:
        'Line of CSV, or row of a sheet, with the names of the fields, from 1; what stands above it is not read.',
    },
    skipLines: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_SKIPPED_LINES,
      description:
        'Lines of CSV, or rows of a sheet, that are not read, from the first one on. Default: found out.',
    },
    comment: {
      type: 'string',
      minLength: 1,
      maxLength: 10,
      description: 'A line of CSV that begins with this is no record. Default: every line is one.',
    },
    sheet: {
      type: ['string', 'integer'],
      minLength: 1,
      maxLength: HTTP_LIMITS.nameCharacters.value,
      minimum: 1,
      description:
        'The sheet of a workbook: its name, or its number from 1. Default: the first that is not hidden.',
    },
  },
} as const;

const MAPPED_FIELD = objectOf(
  {
    field: { ...NAME, description: 'Of the collection.' },
    source: { ...NAME, description: 'Of the file.' },
    constant: { type: ['string', 'null'], description: 'The value of every record.' },
    default: { type: 'string', description: 'The value where the source has none.' },
    trim: { ...FLAG, description: 'Take blanks off both ends.' },
    valueMap: {
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      description: 'Texts of the source and what they become.',
    },
    otherwise: { enum: ['keep', 'error'], description: 'For values that the map has not. Default `keep`.' },
  },
  ['source', 'constant', 'default', 'trim', 'valueMap', 'otherwise'],
);

export const MAPPING = named(
  'Mapping',
  objectOf(
    {
      fields: { ...listOf(MAPPED_FIELD), description: 'Fields that are not matched by their names.' },
      ignore: { ...listOf({ type: 'string' }), description: 'Fields of the file that lead nowhere.' },
    },
    ['ignore'],
  ),
);
