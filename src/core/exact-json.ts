/** TC39's "JSON.parse source text access", which Node 24 has and TypeScript's library lacks. */
interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}
const exact = JSON as unknown as ExactJson;

/** Parses JSON; a number that a double would change becomes an object that `JSON.stringify` writes as it was. */
export function parseExactJson(text: string): unknown {
  return exact.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? exact.rawJSON(source)
      : value,
  );
}

export function isRawJson(value: unknown): boolean {
  return exact.isRawJSON(value);
}
