/** Requests made from the document: as it says, and then with something wrong. */
import * as fc from 'fast-check';
import { HOSTILE_TEXTS, hostileValue, type Known, type Schema, spoil, valueOf } from './hostile-values.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface HostileRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Waiting and watching would only make the test wait. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  prefer: ['wait=0', 'wait=-1', 'wait=x', 'respond-async', ',;=,"'],
  'idempotency-key': ['a', 'b', 'ü', 'x'.repeat(300), ''],
  range: ['bytes=0-1', 'bytes=5-1', 'bytes=-0', 'bytes=99999999999999999999-', 'lines=1-2', 'bytes=0-1,3-4'],
  traceparent: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'x'],
};

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'text/csv',
  'application/xml',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'nonsense',
  '',
];

const BROKEN_BODIES = [
  '',
  '{',
  '{"a":1,}',
  '[]',
  'null',
  '"text"',
  '\u{feff}{}',
  '{"a":1}{"b":2}',
  `{"collection":"people","metadata":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
  '['.repeat(100_000),
  '--x\r\n\r\n',
  '\0',
];

/** Requests of this operation. */
export function requestsOf(
  document: Document,
  path: string,
  operation: Operation,
  known: Known,
): fc.Arbitrary<HostileRequest> {
  const resolve = (ref: string): Schema => document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const { parameters = [] } = operation;
  const inPlace = (place: Parameter['in']) => parameters.filter((one) => one.in === place);
  const text = (one: Parameter) => valueOf(one.schema, known, resolve, one.name).map(String);
  const sometimesHostile = (one: Parameter) =>
    fc.oneof(
      { weight: 4, arbitrary: text(one) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
    );
  const paths = fc
    .tuple(...inPlace('path').map((one) => fc.tuple(fc.constant(one.name), sometimesHostile(one))))
    .map((values) =>
      values.reduce((url, [name, value]) => url.replace(`{${name}}`, encodeText(value)), path),
    );
  const pair = (one: Parameter) =>
    sometimesHostile(one).map((value) => `${encodeText(one.name)}=${encodeText(value)}`);
  const odd = fc.constantFrom(
    'unknown=1',
    '__proto__=1',
    '%zz=%zz',
    'a=%ff',
    '=',
    'limit=1&limit=2',
    '%00=x',
  );
  const queries = fc
    .tuple(
      fc
        .subarray(inPlace('query').map(pair), { maxLength: Math.min(4, inPlace('query').length) })
        .chain((chosen) => fc.tuple(...chosen)),
      fc.option(odd, { freq: 4 }),
    )
    .map(([pairs, more]) => [...pairs, ...(more === null ? [] : [more])].join('&'));
  return fc
    .tuple(paths, queries, headersOf(inPlace('header')), bodiesOf(operation, known, resolve))
    .map(([url, query, headers, { contentType, body }]) => ({
      url: query === '' ? url : `${url}?${query}`,
      headers: { ...headers, ...(contentType !== undefined && { 'content-type': contentType }) },
      ...(body !== undefined && { body }),
    }));
}

function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const some = parameters.map(({ name }) => {
    const values = HEADERS[name.toLowerCase()] ?? ['', '*', '"x"', 'W/"x"', 'x'.repeat(2000), 'ü', ',,,'];
    return fc
      .option(fc.constantFrom(...values))
      .map((value) => (value === null ? [] : [[name.toLowerCase(), value] as const]));
  });
  return fc.tuple(...some).map((entries) => Object.fromEntries(entries.flat()));
}

interface Body {
  readonly contentType?: string;
  readonly body?: string;
}

function bodiesOf(
  { requestBody }: Operation,
  known: Known,
  resolve: (ref: string) => Schema,
): fc.Arbitrary<Body> {
  const broken = fc.record({
    contentType: fc.constantFrom(...CONTENT_TYPES),
    body: fc.oneof(
      fc.constantFrom(...BROKEN_BODIES),
      hostileValue.map((value) => JSON.stringify(value) ?? ''),
    ),
  });
  const json = requestBody?.content['application/json'];
  // An operation without a body gets one all the same, now and then.
  if (json === undefined)
    return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: broken });
  const valid = valueOf(json.schema, known, resolve);
  const asJson = (value: unknown): Body => ({
    contentType: 'application/json',
    body: JSON.stringify(value) ?? '',
  });
  return fc.oneof(
    { weight: 2, arbitrary: valid.map(asJson) },
    { weight: 4, arbitrary: valid.chain(spoil).map(asJson) },
    { weight: 1, arbitrary: broken },
  );
}

/** Percent-encoded, halves of surrogate pairs as their three bytes; what cannot be is left as it is. */
function encodeText(text: string): string {
  return text === '%zz' ? text : encodeURIComponent(text.toWellFormed());
}
