/**
 * Who asks, and what may be asked for. Doors (the API, wire protocols, the command line, tests) find out who it is; what they may do is
 * asked inside each action, by `authorize`.
 */
import { AppError } from '../core/errors.ts';
import type { JobKind } from '../core/job.ts';

/** Everything that can be asked of Waybill: what permissions are about. */
export const ACTION_NAMES = [
  'jobs.start',
  'jobs.correct',
  'jobs.list',
  'jobs.read',
  'jobs.cancel',
  'jobs.pause',
  'jobs.resume',
  'jobs.retry',
  'jobs.delete',
  'issues.read',
  'results.read',
  'uploads.create',
  'uploads.list',
  'uploads.read',
  'uploads.inspect',
  'uploads.delete',
  'collections.list',
  'collections.read',
  'collections.change',
  'collections.drop',
  'keys.create',
  'keys.list',
  'keys.revoke',
  'secrets.list',
  'secrets.rotate',
  'clients.create',
  'clients.list',
  'clients.read',
  'clients.rotate',
  'clients.revoke',
  'server.health',
  'server.metrics',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** Who asks. */
export interface Caller {
  /** For people: shown where something is refused. */
  readonly name: string;
  /** What they may do. */
  readonly permissions: ReadonlySet<ActionName>;
}

/** What an action is about, as the caller names it: nothing has been looked up yet. */
export interface Subject {
  /** Id or number. */
  readonly job?: string;
  readonly kind?: JobKind;
  /** Names; of a job that starts, those that its request names. */
  readonly collections?: readonly string[];
  readonly upload?: string;
}

/** Whoever has the server's token: may do everything. */
export const TOKEN_HOLDER: Caller = Object.freeze({
  name: 'the holder of the token',
  permissions: new Set(ACTION_NAMES),
});

/** Who has shown nothing: may ask how the server is. */
export const ANYBODY: Caller = Object.freeze({
  name: 'anybody',
  permissions: new Set<ActionName>(['server.health']),
});

/**
 * The one question that decides whether something is done: each action asks it first, before it looks at anything.
 *
 * @param _subject decides nothing yet: a permission is for all jobs, collections and uploads
 * @throws AppError `request.forbidden`
 */
export function authorize(caller: Caller, action: ActionName, _subject: Subject = {}): void {
  if (caller.permissions.has(action)) return;
  throw new AppError(
    'request.forbidden',
    `This needs the permission ${action}, which ${caller.name} lacks.`,
    {
      details: { permission: action },
    },
  );
}
