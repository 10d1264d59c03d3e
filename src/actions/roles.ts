/** Roles: sets of permissions that a person understands by their name. Each has all of the one before it. */
import { ACTION_NAMES, type ActionName, type Caller } from './caller.ts';

const READS: readonly ActionName[] = [
  'jobs.list',
  'jobs.read',
  'issues.read',
  'results.read',
  'uploads.list',
  'uploads.read',
  'collections.list',
  'collections.read',
  'server.health',
  'server.metrics',
];
const SENDS: readonly ActionName[] = [
  'jobs.start',
  'jobs.correct',
  'jobs.cancel',
  'jobs.pause',
  'jobs.resume',
  'jobs.retry',
  'uploads.create',
  'uploads.inspect',
  'uploads.delete',
];
const OPERATES: readonly ActionName[] = ['jobs.delete', 'collections.change', 'collections.drop'];

export const ROLE_NAMES = ['reader', 'integrator', 'operator', 'administrator'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export const ROLES: Readonly<Record<RoleName, ReadonlySet<ActionName>>> = Object.freeze({
  reader: new Set(READS),
  integrator: new Set([...READS, ...SENDS]),
  operator: new Set([...READS, ...SENDS, ...OPERATES]),
  administrator: new Set(ACTION_NAMES),
});

/** Whoever has a key of this role. A role that this version does not know may do nothing. */
export function callerOfKey({ name, role }: { readonly name: string; readonly role: string }): Caller {
  return Object.freeze({ name: `the key "${name}" (${role})`, permissions: permissionsOf(role) });
}

function permissionsOf(role: string): ReadonlySet<ActionName> {
  return Object.hasOwn(ROLES, role) ? ROLES[role as RoleName] : new Set<ActionName>();
}

/** The scope of a token for everything that its client may do, by whichever door. */
export const ALL_SCOPE = 'waybill.all';

interface TokenHolder {
  readonly client: { readonly name: string; readonly role: string };
  readonly scopes: readonly string[];
}

/** Whoever has an access token, in the native API: what the client's role and the token's scopes both name. */
export function callerOfToken({ client, scopes }: TokenHolder): Caller {
  const all = permissionsOf(client.role);
  const isWhole = scopes.includes(ALL_SCOPE);
  const permissions = isWhole ? all : new Set([...all].filter((one) => scopes.includes(one)));
  return Object.freeze({ name: nameOfClient(client), permissions });
}

/** In a wire protocol, where one of the scopes is as good as a permission of a route; undefined: none is. */
export function callerInProtocol(
  { client, scopes }: TokenHolder,
  permissions: readonly string[],
): Caller | undefined {
  const isCovered = scopes.includes(ALL_SCOPE) || permissions.some((one) => scopes.includes(one));
  if (!isCovered) return undefined;
  return Object.freeze({ name: nameOfClient(client), permissions: permissionsOf(client.role) });
}

function nameOfClient({ name, role }: TokenHolder['client']): string {
  return `the client "${name}" (${role})`;
}
