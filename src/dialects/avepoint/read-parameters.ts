/** Parameters of a kick-off -> a filter on the report's collection. */
import type { Filter } from '../../core/job.ts';
import type { WireRequest } from '../wire.ts';
import type { ReportBinding } from './binding.ts';
import { refuse } from './envelope.ts';
import type { KickOff, KickOffParameter, ParameterKind } from './kick-offs.ts';

/** Instead of a group's id: all groups, as a summary. */
const ALL_GROUPS = 'skip';

/** Which levels of a report an exportOptionType asks for. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  '1': ['summary', 'site'],
  '2': ['summary', 'object'],
  '3': ['summary'],
};

/** Parameters that may come more than once. */
const LISTS: ReadonlySet<ParameterKind> = new Set(['texts', 'dataSources']);

/** Names that the vendor's samples use beside the documented ones. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['onedrive for business', 'OneDrive'],
  ['my drive', 'User Drive'],
]);

/** @throws Refusal for a parameter that is missing, has a value that there is not, or has no field in the binding */
export function readFilter(
  kickOff: KickOff,
  report: ReportBinding,
  request: WireRequest,
): Filter | undefined {
  const filters = kickOff.parameters.flatMap((parameter) => {
    const values = request.query.getAll(parameter.name).filter((value) => value !== '');
    if (values.length > 0) return [comparison(parameter, values, report)];
    if (parameter.isRequired === true) throw refuse(`The parameter ${parameter.name} is required.`);
    return [];
  });
  const subject = readSubject(kickOff, report, request);
  if (subject !== undefined) filters.unshift(subject);
  return filters.length > 1 ? { and: filters } : filters[0];
}

function readSubject(kickOff: KickOff, report: ReportBinding, request: WireRequest): Filter | undefined {
  const { subject } = kickOff;
  if (subject === undefined) return undefined;
  const value = decodeAgain(request.params[subject.name] ?? '');
  if (subject.role === 'group' && value === ALL_GROUPS) {
    if (request.query.get('exportOptionType') === '3') return undefined;
    throw refuse('For all groups, exportOptionType must be 3.');
  }
  return comparison(subject, [value], report);
}

/** The vendor's samples encode `#` and `@` of an address twice. */
function decodeAgain(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function comparison(
  parameter: KickOffParameter,
  given: readonly string[],
  { fields }: ReportBinding,
): Filter {
  const field = fields[parameter.role];
  if (field === undefined) throw refuse(`The parameter ${parameter.name} is not supported by this report.`);
  const most = parameter.most ?? Number.POSITIVE_INFINITY;
  if (given.length > most) {
    throw refuse(
      `The parameter ${parameter.name} has ${given.length} values; at most ${most} are supported.`,
    );
  }
  const [first = ''] = given;
  if (given.length > 1 && !LISTS.has(parameter.kind)) {
    throw refuse(`The parameter ${parameter.name} has ${given.length} values; one is expected.`);
  }
  switch (parameter.kind) {
    case 'text':
      return { field, op: 'eq', value: first };
    case 'texts':
      return { field, op: 'in', value: given };
    case 'from':
      return { field, op: 'ge', value: readTime(parameter, first) };
    case 'to':
      return { field, op: 'le', value: readTime(parameter, first) };
    case 'option':
      return { field, op: 'in', value: LEVELS[readChoice(parameter, first)] ?? [] };
    case 'linkType':
      return { field, op: 'eq', value: readChoice(parameter, first) };
    case 'dataSources':
      return { field, op: 'in', value: given.map((value) => readChoice(parameter, value)) };
  }
}

function readChoice({ name, values = [] }: KickOffParameter, given: string): string {
  const meant = OTHER_NAMES.get(given.toLowerCase()) ?? given;
  const value = values.find((one) => one.toLowerCase() === meant.toLowerCase());
  if (value !== undefined) return value;
  throw refuse(
    `The value "${given}" of the parameter ${name} is not supported; supported are ${values.join(', ')}.`,
  );
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?$/;

/** ISO 8601; a time without a zone is UTC. */
function readTime({ name }: KickOffParameter, given: string): string {
  const [, date, time = '00:00:00', zone = 'Z'] = TIME.exec(given) ?? [];
  const instant = new Date(`${date}T${time}${zone}`);
  // 2026-02-30 is read as a day in March.
  const isDay = instant.getTime() === instant.getTime() && isCalendarDay(date ?? '');
  if (isDay) return instant.toISOString();
  throw refuse(`The value "${given}" of the parameter ${name} is no time such as 2026-05-01T00:00:00.`);
}

function isCalendarDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
