/** Parameters of a kick-off -> a filter on the report's collection. */
import type { Filter } from '../../core/job.ts';
import type { WireRequest } from '../wire.ts';
import type { ReportBinding } from './binding.ts';
import { refuse } from './envelope.ts';
import type { KickOff, KickOffParameter } from './kick-offs.ts';
import { LEVELS, SUMMARY_ONLY } from './levels.ts';
import { isBefore, readTime } from './read-time.ts';

type Comparison = Extract<Filter, { readonly field: string }>;

/** Instead of a group's id: all groups, as a summary. Source: AV-DOC, "skip" the id, which some take for a word and some do. */
const ALL_GROUPS = ['skip', ''];

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
  const subject = readSubject(kickOff, report, request);
  const others = kickOff.parameters.flatMap((parameter) => {
    const given = request.query.getAll(parameter.name).filter((value) => value !== '');
    if (given.length > 0) return comparison(parameter, given, report);
    if (parameter.isRequired === true) throw refuse(`The parameter ${parameter.name} is required.`);
    return [];
  });
  checkPeriod(others);
  const filters = [...(subject ? [subject] : []), ...others];
  return filters.length > 1 ? { and: filters } : filters[0];
}

function readSubject({ subject }: KickOff, report: ReportBinding, request: WireRequest): Filter | undefined {
  if (subject === undefined) return undefined;
  const value = request.params[subject.name] ?? '';
  if (subject.role === 'group' && ALL_GROUPS.includes(value.trim().toLowerCase())) {
    if (request.query.get('exportOptionType') === SUMMARY_ONLY) return undefined;
    throw refuse(`For all groups, exportOptionType must be ${SUMMARY_ONLY}.`);
  }
  return comparison(subject, [subject.role === 'user' ? decodeAgain(value) : value], report);
}

/** The vendor's samples encode `#` and `@` of a user's address twice; in the address of an object, `%20` may stand as it is. */
function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function comparison(
  parameter: KickOffParameter,
  given: readonly string[],
  report: ReportBinding,
): Comparison {
  const { name, role, op, most = Number.POSITIVE_INFINITY } = parameter;
  const field = report.fields[role];
  if (field === undefined) throw refuse(`The parameter ${name} is not supported by this report.`);
  if (given.length > most) {
    throw refuse(`The parameter ${name} has ${given.length} values; at most ${most} are supported.`);
  }
  const values = given.map((value) => readValue(parameter, value));
  if (op === 'in') return { field, op, value: values };
  const [value = '', ...more] = values;
  if (more.length > 0) throw refuse(`The parameter ${name} has ${values.length} values; one is expected.`);
  return role === 'level' ? { field, op: 'in', value: LEVELS[value] ?? [] } : { field, op, value };
}

function readValue(parameter: KickOffParameter, given: string): string {
  if (parameter.role === 'time') return readTime(parameter.name, given);
  return parameter.values === undefined ? given : readChoice(parameter.name, parameter.values, given);
}

function readChoice(name: string, values: readonly string[], given: string): string {
  const meant = (OTHER_NAMES.get(given.toLowerCase()) ?? given).toLowerCase();
  const value = values.find((one) => one.toLowerCase() === meant);
  if (value !== undefined) return value;
  throw refuse(
    `The value "${given}" of the parameter ${name} is not supported; supported are ${values.join(', ')}.`,
  );
}

/** A report of a period that ends before it begins would be empty, and nobody would know why. */
function checkPeriod(filters: readonly Comparison[]): void {
  const [from, to] = (['ge', 'le'] as const).map((op) => filters.find((filter) => filter.op === op)?.value);
  if (typeof from !== 'string' || typeof to !== 'string' || !isBefore(to, from)) return;
  throw refuse('The parameter finishTime is before startTime.');
}
