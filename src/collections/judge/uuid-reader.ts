import { type Reading, refusal, type ValueReader } from './value-reader.ts';

const NOT_UUID = refusal('field.not_uuid');
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** RFC 9562 text form; letters come out small. Braces, `urn:uuid:` and missing hyphens are refused. */
export function createUuidReader(): ValueReader {
  const readText = (text: string): Reading => (UUID.test(text) ? text.toLowerCase() : NOT_UUID);
  return { readText, readJson: () => NOT_UUID, toKey: (canonical) => canonical };
}
