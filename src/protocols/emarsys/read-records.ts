/** Which records an export has. */
import type { Filter } from '../../core/job.ts';
import type { EmarsysBinding, ResponsesBinding, Selection } from './binding.ts';
import { invalid, invalidValue, printed, REPLIES, refuse } from './envelope.ts';
import { type EmarsysExport, type ResponseSource, SOURCES } from './exports.ts';
import { readTimeRange } from './read-time-range.ts';
import { given, type Members, needed, readId, readList } from './read-values.ts';

export interface Records {
  readonly collection: string;
  readonly scope?: Readonly<Record<string, string>>;
  readonly filter?: Filter;
}

/** @throws Refusal for what is missing, is no value, or has no field behind it here */
export function readRecords(kind: EmarsysExport, binding: EmarsysBinding, body: Members): Records {
  const { collection, scope } = whole(kind, binding);
  const selection = readSelection(kind, binding, body);
  const filters = [...readFilters(kind, binding, body), ...(selection.filter ? [selection.filter] : [])];
  return {
    collection: selection.collection ?? collection,
    ...(scope !== undefined && { scope }),
    ...(filters.length > 0 && { filter: { and: filters } }),
  };
}

/** @throws Refusal for an export that has no collection behind it here */
function whole({ name }: EmarsysExport, { contacts, responses }: EmarsysBinding): Records {
  if (name !== 'getresponses') return contacts;
  if (responses === undefined) throw refuse(REPLIES.notImplemented);
  return responses;
}

function readFilters(
  { name }: EmarsysExport,
  { contacts, responses }: EmarsysBinding,
  body: Members,
): readonly Filter[] {
  switch (name) {
    case 'getchanges':
      return [
        readTimeRange(name, body, bound(contacts.changedAt)),
        ...readOrigin(body, contacts.origin, contacts.originId),
      ];
    case 'getregistrations':
      return [readTimeRange(name, body, bound(contacts.registeredAt))];
    case 'getresponses':
      return responses === undefined
        ? []
        : [
            readTimeRange(name, body, responses.time),
            readSources(body, responses),
            ...readEmail(body, responses),
          ];
    case 'getcontacts':
    case 'filter':
      return [];
  }
}

function bound(field: string | undefined): string {
  if (field === undefined) throw refuse(REPLIES.notImplemented);
  return field;
}

/** `origin_id` is an integer in the examples and a list of them in the tables. */
function readOrigin(body: Members, origin: string | undefined, originId: string | undefined): Filter[] {
  const asked = needed(body, 'origin');
  const list = [needed(body, 'origin_id')].flat();
  const ids = (list.length === 0 ? [undefined] : list).map((id) => readId('origin_id', id));
  if (asked === 'all') return [];
  const isKnown = asked === 'form' || asked === 'api';
  if (!isKnown || origin === undefined) throw invalid(`Invalid origin: ${printed(asked)}`);
  if (originId === undefined) throw invalidValue('origin_id', ids.join(', '));
  const ofIds: Filter = { field: originId, op: 'in', value: ids };
  // 0: without a source.
  const without: Filter = { field: originId, op: 'is_null' };
  return [{ field: origin, op: 'eq', value: asked }, ids.includes('0') ? { or: [ofIds, without] } : ofIds];
}

/** A list of sources, or the word `all`, which an example has. */
function readSources(body: Members, { source: field, sources = {} }: ResponsesBinding): Filter {
  const asked = needed(body, 'sources');
  const list = asked === 'all' ? SOURCES : readList('sources', asked);
  if (list.length === 0) throw invalidValue('sources', list);
  const values = list.flatMap((source) => {
    if (!isSource(source)) throw invalidValue('sources', source);
    return sources[source] ?? [source];
  });
  return { field, op: 'in', value: values };
}

function isSource(value: unknown): value is ResponseSource {
  return (SOURCES as readonly unknown[]).includes(value);
}

function readEmail(body: Members, { emailId }: ResponsesBinding): Filter[] {
  const asked = given(body, 'email_id');
  if (asked === undefined) return [];
  const id = readId('email_id', asked);
  if (emailId === undefined) throw invalidValue('email_id', id);
  return [{ field: emailId, op: 'eq', value: id }];
}

/** The contact list or segment that is asked for. Older documents call the list of getresponses `contactlist_id`. */
function readSelection(
  { name, contactList }: EmarsysExport,
  binding: EmarsysBinding,
  body: Members,
): Selection {
  if (name === 'filter') {
    return lookUp('filter', readId('filter', needed(body, 'filter')), binding.segments);
  }
  if (contactList === 'none') return {};
  const asked =
    contactList === 'required'
      ? needed(body, 'contactlist')
      : (given(body, 'contactlist') ?? given(body, 'contactlist_id'));
  if (asked === undefined) return {};
  const id = readId('contactlist', asked);
  const list = lookUp('contactlist', id, binding.contactLists);
  if (name !== 'getresponses') return list;
  if (list.responses === undefined) throw invalidValue('contactlist', id);
  return list.responses;
}

function lookUp<T>(parameter: string, id: string, known: Readonly<Record<string, T>> = {}): T {
  const found = Object.hasOwn(known, id) ? known[id] : undefined;
  if (found === undefined) throw invalidValue(parameter, id);
  return found;
}
