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
  const permissions = Object.hasOwn(ROLES, role) ? ROLES[role as RoleName] : new Set<ActionName>();
  return Object.freeze({ name: `the key "${name}" (${role})`, permissions });
}
