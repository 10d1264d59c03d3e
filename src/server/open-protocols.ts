/** The protocols that the configuration names, bound and checked against the collections that are there. */

import { acceptScope } from '../actions/start-job/options.ts';
import { parseFilter } from '../actions/start-job/parse-filter.ts';
import { parseStoredCollection } from '../collections/parse-stored.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { MountedProtocol } from '../http/mount/mounted-protocol.ts';
import { createValidatorCompiler } from '../http/requests/request-validation.ts';
import { PROTOCOLS } from '../protocols/all-protocols.ts';
import type { Protocol, UsedCollection } from '../protocols/protocol.ts';
import { getCollection } from '../store/collections.ts';
import type { Queryable } from '../store/database.ts';

const HOUR_MS = 3600 * 1000;

const MOUNT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  description: "Where it answers. Default: at the vendor's own paths, on every host, beside the native API.",
  properties: {
    prefix: { type: 'string', pattern: '^(/[A-Za-z0-9._~-]+)+$', description: 'A path such as /partners' },
    host: { type: 'string', pattern: '^[A-Za-z0-9.-]+$', description: 'A host name without its port' },
    port: { type: 'integer', minimum: 0, maximum: 65_535, description: 'A port of its own' },
  },
};

/** What may stand below `protocols` in the configuration, as JSON Schema. */
export function protocolsSchema(protocols: readonly Protocol[] = PROTOCOLS): object {
  const properties = Object.fromEntries(
    protocols.map((protocol) => [protocol.name, settingsSchema(protocol)]),
  );
  return { type: 'object', additionalProperties: false, properties };
}

function settingsSchema({ bindingSchema, title }: Protocol): object {
  const { properties, ...rest } = bindingSchema as { properties?: object };
  return { description: title, ...rest, properties: { ...properties, mount: MOUNT_SCHEMA } };
}

/** By name of the protocol: its binding, and where it is mounted. */
export type ConfiguredProtocols = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * @param protocols the ones there are; default: all that come with Waybill
 * @throws AppError `config.invalid` with everything that is wrong
 */
export function bindProtocols(
  configured: ConfiguredProtocols,
  protocols: readonly Protocol[] = PROTOCOLS,
): MountedProtocol[] {
  const problems: string[] = [];
  const mounted = Object.entries(configured).flatMap(([name, settings]) => {
    const protocol = protocols.find((one) => one.name === name);
    if (protocol === undefined) {
      const names = protocols.map((one) => one.name);
      problems.push(
        `protocols.${name} is not known${didYouMean(name, names)}; there are ${names.join(', ')}`,
      );
      return [];
    }
    const found = problemsOf(settings, settingsSchema(protocol), `protocols.${name}`);
    problems.push(...found);
    if (found.length > 0) return [];
    const { mount, ...binding } = settings;
    return [{ protocol, bound: protocol.bind(binding), mount: mount ?? {} }];
  });
  refuse(problems);
  return mounted;
}

function problemsOf(value: unknown, schema: object, place: string): string[] {
  const result = createValidatorCompiler()({ schema, httpPart: 'body' })(value);
  if (result === true) return [];
  const { problems = [result.error.message] } = result.error.details as { problems?: string[] };
  return problems.map((problem) => `${place}: ${problem}`);
}

/** What the answers of protocols rely on, in milliseconds: files that an export leaves, and those that an import came with. */
export type KeptMs = Readonly<Record<'artifacts' | 'uploads', number>>;

/** @throws AppError `config.invalid` naming each setting that is shorter than what a protocol promises */
export function checkRetention(retention: KeptMs, mounted: readonly MountedProtocol[]): void {
  const problems = mounted.flatMap(({ protocol: { name, promisesKeptMs = 0 } }) =>
    (['artifacts', 'uploads'] as const)
      .filter((kind) => retention[kind] < promisesKeptMs)
      .map(
        (kind) =>
          `protocols.${name}: its answers promise ${promisesKeptMs / HOUR_MS} h, which retention.${kind} must not be shorter than; it is ${retention[kind] / HOUR_MS} h`,
      ),
  );
  refuse(problems);
}

/** @throws AppError `config.invalid` naming each collection, field and scope that a binding relies on and that is not there */
export async function checkBindings(db: Queryable, mounted: readonly MountedProtocol[]): Promise<void> {
  const problems: string[] = [];
  for (const { protocol, bound } of mounted) {
    for (const used of bound.uses) {
      const problem = await problemOf(db, used);
      if (problem !== undefined) problems.push(`protocols.${protocol.name}.${used.place}: ${problem}`);
    }
  }
  refuse(problems);
}

async function problemOf(db: Queryable, used: UsedCollection): Promise<string | undefined> {
  try {
    const collection = parseStoredCollection((await getCollection(db, used.collection)).definition);
    const { fields } = collection;
    const names = fields.map(({ name }) => name);
    const missing = used.fields.filter((field) => !names.includes(field));
    if (missing.length > 0) {
      return `collection "${used.collection}" has no field ${missing.map((field) => `"${field}"${didYouMean(field, names)}`).join(', ')}`;
    }
    for (const filter of used.filters ?? []) parseFilter(filter, fields);
    acceptScope(used.scope, collection);
    return undefined;
  } catch (error) {
    if (isAppError(error, 'request.invalid')) return `collection "${used.collection}": ${error.message}`;
    if (!isAppError(error, 'collection.not_found')) throw error;
    return `there is no collection "${used.collection}"; apply it first: waybill collections apply FILE`;
  }
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  throw new AppError('config.invalid', `The protocols have configuration problems:${list}`, {
    details: { problems },
  });
}
