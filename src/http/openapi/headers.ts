/** Headers as the document names and describes them. */
import { ALWAYS, ANSWER_HEADERS, type HeaderUse, parseHeaderUse } from '../schemas/answer-headers.ts';

/** Headers of an answer, and those that every answer has. */
export function renderHeaders(uses: readonly HeaderUse[]): Record<string, object> {
  return Object.fromEntries(
    [...uses, ...ALWAYS].map((use) => {
      const { name, isAlwaysThere } = parseHeaderUse(use);
      return [headerName(name), { ...ANSWER_HEADERS[name], required: isAlwaysThere }];
    }),
  );
}

/** `retry-after` as people write it; names that are abbreviations as their RFCs have them. */
export function headerName(name: string): string {
  const written = name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return written === 'Etag' ? 'ETag' : written;
}
