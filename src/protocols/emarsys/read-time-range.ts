/** `time_range`: two times in Vienna's zone, as a filter from the first on and before the second. */
import type { Filter } from '../../core/job.ts';
import { invalid, REPLIES, refuse } from './envelope.ts';
import type { ExportName } from './exports.ts';
import { type Members, needed, readList } from './read-values.ts';
import { readViennaTime } from './vienna-time.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;
const FORMS = [DAY, /^\d{4}-\d\d-\d\d \d\d:\d\d$/, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/];
/** Changes are kept by day. Source: dev.emarsys.com, "Export Contact Changes". */
const FORMS_OF: Readonly<Partial<Record<ExportName, readonly RegExp[]>>> = { getchanges: [DAY] };

/** Source: dev.emarsys.com, "Export Responses". */
const FIRST_RESPONSE = '1970-01-02 00:00:00';

export function readTimeRange(name: ExportName, body: Members, field: string): Filter {
  const range = readList('time_range', needed(body, 'time_range'));
  if (range.length !== 2) throw invalid('Invalid data format for time_range. Array size must be 2');
  const [start, end] = range.map((text) => readTime(text, FORMS_OF[name] ?? FORMS));
  if (start === undefined || end === undefined || start.getTime() === end.getTime()) {
    throw refuse(REPLIES.invalidDates);
  }
  if (end < start) throw refuse(REPLIES.endBeforeStart);
  const first = name === 'getresponses' ? readViennaTime(FIRST_RESPONSE) : undefined;
  if (first !== undefined && start < first) throw refuse(REPLIES.invalidDates);
  return {
    and: [
      { field, op: 'ge', value: start.toISOString() },
      { field, op: 'lt', value: end.toISOString() },
    ],
  };
}

/** A day begins at midnight, a minute with its first second. */
function readTime(text: unknown, forms: readonly RegExp[]): Date | undefined {
  if (typeof text !== 'string' || !forms.some((form) => form.test(text))) return undefined;
  return readViennaTime(text + ' 00:00:00'.slice(text.length - '2012-05-23'.length));
}
