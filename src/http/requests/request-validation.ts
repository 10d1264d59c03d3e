/** Compiles the routes' schemas, and puts what is wrong with a request into words: every problem at once, by name. */
import { Readable } from 'node:stream';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { didYouMean } from '../../core/did-you-mean.ts';
import { AppError } from '../../core/errors.ts';

interface RouteSchema {
  readonly schema: object;
  readonly httpPart?: string;
}

/** Bodies are taken as they are; what is in a URL is text, so numbers and booleans are read from it. */
export function createValidatorCompiler(): (
  route: RouteSchema,
) => (data: unknown) => true | { error: AppError } {
  const options = { allErrors: true, verbose: true, strict: true, strictTypes: false } as const;
  const strict = withFormats(new Ajv2020(options));
  const reading = withFormats(new Ajv2020({ ...options, coerceTypes: 'array' }));
  return ({ schema, httpPart }) => {
    // When the first request comes: all together take a start as long as everything else that it does.
    let validate: ValidateFunction | undefined;
    return (data) => {
      // A body that is not parsed is read by its route. A request without one: what is required will be named.
      if (data instanceof Readable) return true;
      validate ??= (httpPart === 'body' ? strict : reading).compile(schema);
      if (validate(data ?? {})) return refuseEndless(data, httpPart ?? 'body');
      return { error: describeProblems(validate.errors ?? [], httpPart ?? 'body') };
    };
  };
}

function withFormats(ajv: Ajv2020): Ajv2020 {
  // The package is CommonJS: its function is also its `default`.
  addFormats.default(ajv, ['date-time', 'uuid']);
  return ajv;
}

/** `1e999` is read as Infinity, which Ajv takes for an integer and then compares with no bound. */
function refuseEndless(data: unknown, httpPart: string): true | { error: AppError } {
  const name = findEndless(data);
  if (name === undefined) return true;
  const problem = `${name}: must be a number that can be written down`;
  return {
    error: new AppError(
      'request.invalid',
      `The ${PLACES[httpPart] ?? httpPart} of the request is not valid: ${problem}.`,
      { details: { problems: [problem] } },
    ),
  };
}

/** Name of the member that is endless, or has a member that is. */
function findEndless(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const isEndless = (value: unknown) => typeof value === 'number' && !Number.isFinite(value);
  for (const [name, value] of Object.entries(data)) {
    if (isEndless(value) || (Array.isArray(value) && value.some(isEndless))) return name;
  }
  return undefined;
}

const PLACES: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
  job: 'part "job"',
};

function describeProblems(errors: readonly ErrorObject[], httpPart: string): AppError {
  // The branches of a `oneOf` are told apart by the branch that failed latest: its own line says which are possible.
  const telling = errors.filter((error) => error.keyword !== 'if');
  const problems = [...new Set(telling.map((error) => describeProblem(error)))];
  return new AppError(
    'request.invalid',
    `The ${PLACES[httpPart] ?? httpPart} of the request is not valid: ${problems.join('; ')}.`,
    {
      details: { problems },
    },
  );
}

function describeProblem(error: ErrorObject): string {
  const where = error.instancePath === '' ? '' : `${error.instancePath.slice(1).replaceAll('/', '.')}: `;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
      return `${where}"${name}" is not known${didYouMean(name, known)}`;
    }
    case 'required':
      return `${where}"${String(params['missingProperty'])}" is missing`;
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String);
      return `${where}expected one of ${allowed.join(', ')}, got ${JSON.stringify(error.data)}${didYouMean(String(error.data), allowed)}`;
    }
    case 'pattern': {
      // A description says more to people than a regular expression.
      const { description } = error.parentSchema as { description?: string };
      const [expected = ''] = (description ?? `a text that matches ${String(params['pattern'])}`).split('. ');
      return `${where}expected ${expected.charAt(0).toLowerCase()}${expected.slice(1).replace(/\.$/, '')}, got ${shorten(error.data)}`;
    }
    case 'oneOf':
      return `${where}expected exactly one of the forms that are documented`;
    default:
      return `${where}${error.message ?? error.keyword}, got ${shorten(error.data)}`;
  }
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
