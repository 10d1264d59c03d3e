/** Every action asks whether the caller may, before it looks at anything. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ACTION_NAMES,
  type ActionName,
  ANYBODY,
  authorize,
  type Caller,
  TOKEN_HOLDER,
} from '../../../src/actions/caller.ts';
import { INTENTION_NAMES } from '../../../src/actions/jobs/intend.ts';
import { isAppError } from '../../../src/core/errors.ts';

const FOLDER = new URL('../../../src/actions/', import.meta.url);

/** A function that is exported with a caller as its first parameter. */
const ACTION = /export (?:async )?function (?<name>\w+)(?:<[^(]*>)?\(\s*caller: Caller\b/g;

interface Action {
  readonly path: string;
  readonly name: string;
  readonly call: (...given: readonly unknown[]) => unknown;
}

async function findActions(): Promise<readonly Action[]> {
  const found: Action[] = [];
  for (const path of await readdir(FOLDER, { recursive: true })) {
    if (!path.endsWith('.ts') || path === 'caller.ts') continue;
    const text = await readFile(new URL(path, FOLDER), 'utf8');
    const names = [...text.matchAll(ACTION)].flatMap(({ groups }) => groups?.['name'] ?? []);
    if (names.length === 0) continue;
    const module = (await import(new URL(path, FOLDER).href)) as Record<string, Action['call']>;
    for (const name of names) {
      const call = module[name];
      assert.ok(call, `${path} exports ${name}`);
      found.push({ path, name, call });
    }
  }
  return found;
}

/** Dependencies that fail whoever does something with one of them: nothing may be done before the caller was asked. */
function untouchable(): unknown {
  const fail = () => assert.fail('something was looked at before the caller was asked');
  const dependency = new Proxy(() => {}, { get: fail, apply: fail });
  return new Proxy({}, { get: () => dependency });
}

/** What is given where the caller is refused: enough to name the subject. */
const GIVEN: Readonly<Record<string, readonly unknown[]>> = {
  intend: ['cancel', '1'],
  startJob: [{ request: { kind: 'export', parts: [{ collection: 'people' }] } }],
  describeRecords: [{ name: 'people' }, {}],
  inspectUpload: ['u', {}],
  listJobs: [{ limit: 1 }],
  createKey: [{ name: 'k', role: 'reader' }],
  revokeKey: ['k'],
  createClient: [{ name: 'c', role: 'reader' }],
  listUploads: [{ limit: 1 }],
  listCollections: [{ isCounted: false }],
  openContent: [{ id: 'j' }],
};

const NOBODY: Caller = { name: 'nobody', permissions: new Set() };

async function refusalOf({ call, name }: Action, given: readonly unknown[]): Promise<ActionName> {
  try {
    await call(NOBODY, untouchable(), ...given);
  } catch (error) {
    assert.ok(isAppError(error, 'request.forbidden'), `${name}: ${String(error)}`);
    return error.details['permission'] as ActionName;
  }
  return assert.fail(`${name} did not ask whether the caller may`);
}

const actions = await findActions();

test('actions are found', () => {
  assert.ok(actions.length > 20, `only ${actions.length}`);
});

for (const action of actions) {
  test(`${action.name} asks before it looks at anything`, async () => {
    await refusalOf(action, GIVEN[action.name] ?? ['1', {}, {}]);
  });
}

test('each permission is asked for by an action', async () => {
  const asked = new Set<ActionName>();
  for (const action of actions) {
    const variants =
      action.name === 'intend'
        ? INTENTION_NAMES.map((intention) => [intention, '1'])
        : [GIVEN[action.name] ?? ['1', {}, {}]];
    for (const given of variants) asked.add(await refusalOf(action, given));
  }
  assert.deepEqual([...asked].toSorted(), [...ACTION_NAMES].toSorted());
});

test('whoever has the token may do everything, and anybody may ask how the server is', () => {
  for (const name of ACTION_NAMES) {
    authorize(TOKEN_HOLDER, name);
    if (name === 'server.health') authorize(ANYBODY, name);
    else assert.throws(() => authorize(ANYBODY, name), { code: 'request.forbidden' });
  }
});

/** Of what lies in the actions' folder, what other floors may call without a caller: it shows and changes nothing that is kept. */
const WITHOUT_CALLER = [
  'caller.ts',
  'roles.ts',
  // Who asks is found out by it.
  'keys/known-keys.ts',
  'clients/token-service.ts',
  // Opened by the server, given to actions.
  'status/job-status.ts',
  // Removes what the same request has brought.
  'uploads/discard-upload.ts',
  // Of jobs that an action has given.
  'jobs/find-job.ts',
  'status/shown-job.ts',
  // Values in, values out.
  'clients/grant-scopes.ts',
  'issues/list-issues.ts',
  'results/choose-rejected.ts',
  'results/job-content.ts',
  'start-job/options.ts',
  'start-job/parse-filter.ts',
  'start-job/requested-dialect.ts',
  'start-job/idempotency.ts',
];

test('the doors reach what is kept through actions alone', async () => {
  const sources = new URL('../../../src/', import.meta.url);
  const asking = new Set(actions.map(({ path }) => path));
  const past: string[] = [];
  for (const path of await readdir(join(sources.pathname, 'http'), { recursive: true })) {
    if (!path.endsWith('.ts')) continue;
    const text = await readFile(new URL(`http/${path}`, sources), 'utf8');
    // Types are no way to anything.
    const imports = text.matchAll(
      /^import (?!type )[^;]*? from '[^']*\/(?<to>(?:store|actions)\/[^']+)';/gms,
    );
    for (const { groups } of imports) {
      const to = groups?.['to'] ?? '';
      const action = to.replace(/^actions\//, '');
      if (to.startsWith('store/') || !(asking.has(action) || WITHOUT_CALLER.includes(action)))
        past.push(`src/http/${path} -> src/${to}`);
    }
  }
  assert.deepEqual(past, []);
});
