/** Which columns an export has, and what their headers say. */
import type { ExportOptions } from '../../core/job.ts';
import type { EmarsysBinding, NamedField } from './binding.ts';
import { invalid, invalidValue, printed, REPLIES, refuse } from './envelope.ts';
import { type EmarsysExport, MOST_FIELDS, UNAVAILABLE_FIELDS } from './exports.ts';
import { asId, given, type Members, needed, readFlag, readList } from './read-values.ts';

const DEFAULT_LANGUAGE = 'en';

/** Columns that real exports have beside those that are asked for. Source: examples in help.emarsys.com, "Exporting Responses". */
const USER_ID_HEADER = 'user_id';
const SOURCE_HEADER = 'source';
/** Chosen: no document shows it. */
const TIMESTAMP_HEADER = 'timestamp';

type Columns = Pick<ExportOptions, 'fields' | 'header' | 'headerLabels' | 'delimiter'>;

type Column = readonly [field: string, header: string];

/** @throws Refusal for ids that there are not, and for a language that no header is in */
export function readColumns(
  { name }: EmarsysExport,
  binding: EmarsysBinding,
  body: Members,
): Columns & { readonly language: string } {
  const { contacts, responses } = binding;
  const language = readLanguage(body, binding);
  const isResponses = name === 'getresponses' && responses !== undefined;
  const asked = isResponses
    ? [
        ...readContactFields(body, responses.contactFields),
        ...readAnalysisFields(body, responses.analysisFields),
      ]
    : readContactFields(body, contacts.fields);
  const userId = isResponses ? responses.userId : contacts.userId;
  const columns: Column[] = asked.map(({ field, names }) => [
    field,
    headerIn(language, binding, field, names),
  ]);
  if (userId !== undefined) columns.unshift([userId, USER_ID_HEADER]);
  if (isResponses) columns.push([responses.source, SOURCE_HEADER]);
  if (name === 'getregistrations' && contacts.registeredAt !== undefined) {
    if (readFlag(body, 'with_timestamp', true)) columns.push([contacts.registeredAt, TIMESTAMP_HEADER]);
  }
  return { ...describe(columns, body), language };
}

/** A field that is asked for twice has one column, where it is first. */
function describe(columns: readonly Column[], body: Members): Columns {
  const first = columns.filter(([field], at) => columns.findIndex(([other]) => other === field) === at);
  const header = readFlag(body, 'add_field_names_header', true);
  return {
    fields: first.map(([field]) => field),
    header,
    ...(header && { headerLabels: Object.fromEntries(first) }),
    delimiter: readDelimiter(body),
  };
}

function readContactFields(body: Members, known: Readonly<Record<string, NamedField>>): NamedField[] {
  const list = readList('contact_fields', needed(body, 'contact_fields'));
  if (list.length === 0 || list.length > MOST_FIELDS) throw refuse(REPLIES.invalidNumberOfFields);
  const found = list.map((value) => {
    const id = asId(value) ?? '';
    return UNAVAILABLE_FIELDS.includes(id) || !Object.hasOwn(known, id) ? undefined : known[id];
  });
  const wrong = list.filter((_, at) => found[at] === undefined);
  if (wrong.length > 0) throw invalid(`Invalid contact field id: ${wrong.map(printed).join(', ')}`);
  return found.filter((field) => field !== undefined);
}

function readAnalysisFields(body: Members, known: Readonly<Record<string, NamedField>>): NamedField[] {
  const list = readList('analysis_fields', needed(body, 'analysis_fields'));
  return list.map((value) => {
    const id = asId(value) ?? '';
    const field = Object.hasOwn(known, id) ? known[id] : undefined;
    if (field === undefined) throw invalidValue('analysis_fields', value);
    return field;
  });
}

function readDelimiter(body: Members): string {
  const value = given(body, 'delimiter') ?? ',';
  if (value === ',' || value === ';') return value;
  throw invalidValue('delimiter', value);
}

/** The documents have a code for what is not a language code, and another for a language. */
function readLanguage(body: Members, binding: EmarsysBinding): string {
  const preset = binding.language ?? DEFAULT_LANGUAGE;
  const value = given(body, 'language') ?? preset;
  if (typeof value !== 'string' || !/^[a-z]{2}$/i.test(value)) throw refuse(REPLIES.invalidLanguageCode);
  const language = value.toLowerCase();
  if (language === preset || languagesOf(binding).has(language)) return language;
  throw refuse(REPLIES.invalidLanguage);
}

function languagesOf({ contacts, responses }: EmarsysBinding): ReadonlySet<string> {
  const fields = [contacts.fields, responses?.contactFields, responses?.analysisFields];
  const named = fields.flatMap((byId) => Object.values(byId ?? {}));
  return new Set(named.flatMap(({ names }) => Object.keys(names ?? {})));
}

function headerIn(
  language: string,
  binding: EmarsysBinding,
  field: string,
  names: Readonly<Record<string, string>> = {},
): string {
  return names[language] ?? names[binding.language ?? DEFAULT_LANGUAGE] ?? field;
}
