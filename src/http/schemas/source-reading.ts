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
    format: { enum: FORMAT_NAMES, description: 'Default: detected.' },
    encoding: { enum: ENCODINGS, description: 'Default: detected.' },
    compression: { enum: COMPRESSIONS, description: 'Default: detected.' },
    delimiter: { ...CHARACTER, description: 'Delimiter of CSV fields. Default: detected.' },
    quote: {
      ...CHARACTER,
      description:
        'Quote of CSV fields. Default: a double quote, or an apostrophe if whole fields are enclosed in apostrophes.',
    },
    escape: {
      ...CHARACTER,
      description: 'Escapes a quote inside a quoted field. Default: the quote itself.',
    },
    header: { ...FLAG, description: 'The first record is the header. Default: detected.' },
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
      description: 'Lines of a CSV file that start with this text are skipped. Default: none.',
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
    field: { ...NAME, description: 'Field of the collection.' },
    source: { ...NAME, description: 'Field of the source.' },
    constant: { type: ['string', 'null'], description: 'The value of every record.' },
    default: { type: 'string', description: 'The value if the source has none.' },
    trim: { ...FLAG, description: 'Remove blanks at both ends.' },
    valueMap: {
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      description: 'Texts of the source, and the values they become.',
    },
    otherwise: {
      enum: ['keep', 'error'],
      description: 'For values that are not in the map. Default `keep`.',
    },
  },
  ['source', 'constant', 'default', 'trim', 'valueMap', 'otherwise'],
);

export const MAPPING = named(
  'Mapping',
  objectOf(
    {
      fields: { ...listOf(MAPPED_FIELD), description: 'Fields that names alone do not match.' },
      ignore: { ...listOf({ type: 'string' }), description: 'Fields of the source to ignore.' },
    },
    ['ignore'],
  ),
);
