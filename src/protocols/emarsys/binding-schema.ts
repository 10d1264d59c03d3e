/** JSON Schema of the binding. */
import { NAME, SCOPE } from '../binding-schema.ts';
import { ANALYSIS_FIELDS, SOURCES } from './exports.ts';

const LANGUAGE = { type: 'string', pattern: '^[a-z]{2}$' };
const ID = '^[1-9][0-9]{0,14}$';

const NAMED_FIELD = {
  type: 'object',
  additionalProperties: false,
  required: ['field'],
  properties: {
    field: { ...NAME, description: 'Field of the collection.' },
    names: {
      type: 'object',
      propertyNames: LANGUAGE,
      additionalProperties: NAME,
      description: 'Text of the header by language; default the name of the field.',
    },
  },
};

function fieldsById(description: string, ids: object): object {
  return { type: 'object', propertyNames: ids, additionalProperties: NAMED_FIELD, description };
}

const USER_ID = { ...NAME, description: 'Makes the first column, user_id; default none.' };

const CONTACTS = {
  type: 'object',
  additionalProperties: false,
  required: ['collection', 'fields'],
  properties: {
    collection: { ...NAME, description: 'A record is a contact.' },
    scope: SCOPE,
    userId: USER_ID,
    fields: fieldsById('Fields by the ids that contact_fields names.', { pattern: ID }),
    changedAt: { ...NAME, description: 'Date-time; getchanges needs it.' },
    registeredAt: { ...NAME, description: 'Date-time; getregistrations needs it.' },
    origin: { ...NAME, description: 'form or api; getchanges needs it for any origin but all.' },
    originId: { ...NAME, description: 'Id of the form or of the API source; 0 or null: none.' },
  },
};

const RESPONSES = {
  type: 'object',
  additionalProperties: false,
  required: ['collection', 'contactFields', 'analysisFields', 'time', 'source'],
  properties: {
    collection: { ...NAME, description: 'A record is a response to an email; getresponses needs it.' },
    scope: SCOPE,
    userId: USER_ID,
    contactFields: fieldsById('Fields by the ids that contact_fields names.', { pattern: ID }),
    analysisFields: fieldsById('Fields by the ids that analysis_fields names.', {
      enum: Object.keys(ANALYSIS_FIELDS),
    }),
    time: { ...NAME, description: 'Date-time of the response.' },
    source: { ...NAME, description: 'What the response came from.' },
    sources: {
      type: 'object',
      additionalProperties: false,
      description: 'Values of that field by source; default the name of the source.',
      properties: Object.fromEntries(
        SOURCES.map((source) => [source, { type: 'array', items: NAME, minItems: 1 }]),
      ),
    },
    emailId: { ...NAME, description: 'Id of the email; email_id needs it.' },
  },
};

const SELECTION_MEMBERS = {
  collection: { ...NAME, description: 'A collection with the same fields; default the whole.' },
  filter: { type: 'object', description: 'As exports of the native API have it; default all records.' },
};
const SELECTION = { type: 'object', additionalProperties: false, properties: SELECTION_MEMBERS };

export const BINDING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['contacts'],
  properties: {
    contacts: CONTACTS,
    responses: RESPONSES,
    contactLists: {
      type: 'object',
      propertyNames: { pattern: ID },
      description: 'Contact lists by id.',
      additionalProperties: {
        ...SELECTION,
        properties: {
          ...SELECTION_MEMBERS,
          responses: { ...SELECTION, description: 'The responses of these contacts.' },
        },
      },
    },
    segments: {
      type: 'object',
      propertyNames: { pattern: ID },
      description: 'Segments by id.',
      additionalProperties: SELECTION,
    },
    language: { ...LANGUAGE, description: 'Of headers, unless a request names another. Default en.' },
    requestsPerMinute: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Default 1000.' },
    delivery: {
      type: 'object',
      additionalProperties: false,
      properties: {
        retryEveryMinutes: { type: 'number', exclusiveMinimum: 0, maximum: 1440, description: 'Default 60.' },
        giveUpAfterHours: { type: 'number', minimum: 0, maximum: 720, description: 'Default 24.' },
      },
    },
  },
};
