/** Which collections stand behind the exports, and which of their fields are what Emarsys calls by ids. */
import type { Filter } from '../../core/job.ts';
import type { UsedCollection } from '../protocol.ts';
import type { ResponseSource } from './exports.ts';

/** A field that clients ask for by its id. */
export interface NamedField {
  readonly field: string;
  /** Text of the header by language. Default: name of the field. */
  readonly names?: Readonly<Record<string, string>>;
}

type FieldsById = Readonly<Record<string, NamedField>>;

/** A collection in which each record is a contact. */
export interface ContactsBinding {
  readonly collection: string;
  readonly scope?: Readonly<Record<string, string>>;
  /** Makes the column `user_id` that real exports begin with. */
  readonly userId?: string;
  readonly fields: FieldsById;
  readonly changedAt?: string;
  readonly registeredAt?: string;
  /** Where a contact was changed: `form` or `api`, and which of them. */
  readonly origin?: string;
  readonly originId?: string;
}

/** A collection in which each record is a response of a contact to an email. */
export interface ResponsesBinding {
  readonly collection: string;
  readonly scope?: Readonly<Record<string, string>>;
  readonly userId?: string;
  readonly contactFields: FieldsById;
  readonly analysisFields: FieldsById;
  readonly time: string;
  readonly source: string;
  /** Values of that field by source. Default: the name of the source itself. */
  readonly sources?: Readonly<Partial<Record<ResponseSource, readonly string[]>>>;
  readonly emailId?: string;
}

/** Some of the records; of a view with the same fields, where `collection` names one. */
export interface Selection {
  readonly collection?: string;
  readonly filter?: Filter;
}

/** A contact list; with `responses` it can also restrict an export of responses. */
export interface ContactListBinding extends Selection {
  readonly responses?: Selection;
}

export interface EmarsysBinding {
  readonly contacts: ContactsBinding;
  readonly responses?: ResponsesBinding;
  readonly contactLists?: Readonly<Record<string, ContactListBinding>>;
  readonly segments?: Readonly<Record<string, Selection>>;
  /** Default `en`. */
  readonly language?: string;
  /** Default 1,000. */
  readonly requestsPerMinute?: number;
  readonly delivery?: {
    /** Default 60. */
    readonly retryEveryMinutes?: number;
    /** Default 24. */
    readonly giveUpAfterHours?: number;
  };
}

/** What the binding relies on. */
export function usedCollections(binding: EmarsysBinding): UsedCollection[] {
  const { contacts, responses, contactLists = {}, segments = {} } = binding;
  const ofContacts = contactsUse(contacts);
  const ofResponses = responses && responsesUse(responses);
  const lists = Object.entries(contactLists).flatMap(([id, { responses: own, ...list }]) => {
    const place = `contactLists.${id}`;
    const used = [selectionUse(ofContacts, list, place)];
    if (own !== undefined && ofResponses !== undefined) {
      used.push(selectionUse(ofResponses, own, `${place}.responses`));
    }
    return used;
  });
  return [
    ofContacts,
    ...(ofResponses === undefined ? [] : [ofResponses]),
    ...lists,
    ...Object.entries(segments).map(([id, segment]) => selectionUse(ofContacts, segment, `segments.${id}`)),
  ];
}

function contactsUse(contacts: ContactsBinding): UsedCollection {
  const { collection, scope, fields, userId, changedAt, registeredAt, origin, originId } = contacts;
  const roles = [userId, changedAt, registeredAt, origin, originId];
  return { collection, scope, fields: namesOf(fields, roles), place: 'contacts' };
}

function responsesUse(responses: ResponsesBinding): UsedCollection {
  const { collection, scope, contactFields, analysisFields, userId, time, source, emailId } = responses;
  const fields = [...namesOf(contactFields, [userId, time, source, emailId]), ...namesOf(analysisFields, [])];
  return { collection, scope, fields: [...new Set(fields)], place: 'responses' };
}

function namesOf(fields: FieldsById, roles: readonly (string | undefined)[]): string[] {
  const named = Object.values(fields).map(({ field }) => field);
  return [...new Set([...named, ...roles.filter((role) => role !== undefined)])];
}

function selectionUse(
  whole: UsedCollection,
  { collection, filter }: Selection,
  place: string,
): UsedCollection {
  return {
    collection: collection ?? whole.collection,
    scope: whole.scope,
    fields: whole.fields,
    ...(filter !== undefined && { filters: [filter] }),
    place,
  };
}
