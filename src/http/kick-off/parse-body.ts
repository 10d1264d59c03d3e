import { AppError } from '../../core/errors.ts';
import { parseExactJson } from '../../core/exact-json.ts';

/**
 * The description of a job in JSON. Records in it keep their numbers as they were written: 12345678901234567890 is not a double.
 *
 * @param what such as `body of the request`, for the message
 * @throws AppError `request.invalid` when it is not JSON
 */
export function parseBody(text: string, what = 'body of the request'): unknown {
  try {
    const body: unknown = JSON.parse(text);
    const source = (body as { source?: { records?: unknown } } | null)?.source;
    if (source?.records !== undefined) {
      source.records = (parseExactJson(text) as { source: { records: unknown } }).source.records;
    }
    return body;
  } catch (error) {
    // The reviver of exact numbers goes down with the nesting, and so does the stack.
    const problem =
      error instanceof RangeError ? 'nested too deeply' : `not JSON: ${(error as Error).message}`;
    throw new AppError('request.invalid', `The ${what} is ${problem}`, { cause: error });
  }
}
