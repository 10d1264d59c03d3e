import { compileSchema } from '../ajv.ts';
import { type Check, refusal } from './value-reader.ts';

/** The JSON Schema of a nested value. Its numbers are compared as floats, as JSON Schema validators do; they are stored exactly. */
export function createNestedCheck(schema: unknown): Check {
  const check = compileSchema(schema);
  return (canonical) => {
    const reason = check(JSON.parse(canonical));
    return reason === undefined ? undefined : refusal('field.schema', { reason });
  };
}
