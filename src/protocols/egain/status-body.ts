/** The body of a status, read back: both protocols have the same members, each with states of its own. */
import { type StatusView, type StatusViewState, wireWord } from '../status-view.ts';

interface Members {
  readonly status?: unknown;
  readonly progress?: unknown;
  readonly results?: unknown;
  readonly startTime?: unknown;
  readonly estimatedCompletion?: unknown;
  readonly completionTime?: unknown;
  readonly failureTime?: unknown;
  readonly error?: unknown;
  readonly retryable?: unknown;
}

/** @param states ours by theirs; what is not in it becomes `unknown`, with the whole body kept */
export function readStatusBody(body: unknown, states: Readonly<Record<string, StatusViewState>>): StatusView {
  const members = membersOf(body) as Members;
  const { status, error, retryable } = members;
  const wire = wireWord(status);
  const state = Object.hasOwn(states, wire) ? states[wire] : undefined;
  if (state === undefined) return { state: 'unknown', wire, raw: body };
  return {
    state,
    wire,
    ...numbersOf(members.progress, ['processed', 'total', 'percentage']),
    ...numbersOf(members.results, ['successful', 'warnings', 'errors']),
    ...timeOf('startedAt', members.startTime),
    ...timeOf('estimatedCompletion', members.estimatedCompletion),
    ...timeOf('finishedAt', members.completionTime ?? members.failureTime),
    ...(typeof error === 'string' && { error }),
    ...(typeof retryable === 'boolean' && { isRetryable: retryable }),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numbersOf<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const members = membersOf(value);
  const numbers = names.filter((name) => typeof members[name] === 'number');
  return Object.fromEntries(numbers.map((name) => [name, members[name]])) as Partial<Record<Name, number>>;
}

function timeOf<Name extends string>(name: Name, value: unknown): Partial<Record<Name, Date>> {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) return {};
  return { [name]: time } as Partial<Record<Name, Date>>;
}
