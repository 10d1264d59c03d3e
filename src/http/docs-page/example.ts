import { nameOf, type PlacedOperation, type Schema, type ShownDocument } from './document.ts';

const UUID = '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00';
const TIME = '2026-03-01T08:30:00.000Z';

/** Something that this schema allows: its own example, or else what it requires. */
export function exampleOf(document: ShownDocument, schema: Schema): unknown {
  if (schema.$ref !== undefined) {
    const found = document.components.schemas[nameOf(schema.$ref)];
    return found === undefined ? null : exampleOf(document, found);
  }
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.enum !== undefined) return schema.enum[0];
  const [variant] = schema.anyOf ?? schema.oneOf ?? [];
  if (variant !== undefined) return exampleOf(document, variant);
  switch (String([schema.type].flat()[0])) {
    case 'object': {
      const required = Object.entries(schema.properties ?? {}).filter(([name]) =>
        schema.required?.includes(name),
      );
      return Object.fromEntries(required.map(([name, member]) => [name, exampleOf(document, member)]));
    }
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(document, schema.items)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 1);
    case 'boolean':
      return true;
    default:
      return { uuid: UUID, 'date-time': TIME }[schema.format ?? ''] ?? '…';
  }
}

/** The operation as a command that can be pasted; `$URL` and `$TOKEN` are set at the top of the page. */
export function curlOf(document: ShownDocument, operation: PlacedOperation): string {
  const { method, path, parameters = [], requestBody, security } = operation;
  const place = path
    .replaceAll('{id}', path.startsWith('/v1/jobs') ? '1' : UUID)
    .replaceAll(/\{(\w+)\}/g, 'people');
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name, schema }) => `${name}=${String(exampleOf(document, schema))}`);
  const needsToken = security?.length !== 0;
  const verb = { GET: '', POST: ' -X POST' }[method] ?? ` -X ${method}`;
  const lines = [
    `curl${requestBody === undefined || method !== 'POST' ? verb : ''} "$URL${place}${query.length > 0 ? `?${query.join('&')}` : ''}"`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...bodyLines(document, operation),
  ];
  return lines.join(' \\\n  ');
}

function bodyLines(document: ShownDocument, { requestBody }: PlacedOperation): string[] {
  if (requestBody === undefined) return [];
  const schema = requestBody.content['application/json']?.schema;
  if (schema === undefined) return ['-H "Content-Type: text/csv"', '--data-binary @people.csv'];
  const body = JSON.stringify(exampleOf(document, schema)).replaceAll("'", String.raw`'\''`);
  return ['-H "Content-Type: application/json"', `-d '${body}'`];
}
