/** What is wrong with a binding is found when the server starts, all at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import { bindProtocols, checkBindings } from '../../../src/server/open-protocols.ts';
import { createEngine, type Engine } from '../../engine/harness.ts';
import { COLLECTIONS, WHOLE_BINDING } from './fixture.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  for (const definition of COLLECTIONS) await engine.apply(definition);
});
after(() => engine.close());

async function problemsOf(avepoint: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  try {
    await checkBindings(engine.database.pool, bindProtocols({ avepoint }));
    return [];
  } catch (error) {
    assert.ok(isAppError(error, 'config.invalid'));
    return error.details['problems'] as string[];
  }
}

test('a binding of every report is taken', async () => {
  assert.deepEqual(await problemsOf(WHOLE_BINDING), []);
});

test('a report that is missing a field for what every kick-off of it asks for is refused', async () => {
  const collection = 'access';
  const problems = await problemsOf({
    reports: {
      groupAccess: { collection, fields: { group: 'team' } },
      sharingLinks: { collection: 'links' },
      activities: { collection: 'activities' },
    },
  });
  const all = problems.join('\n');
  for (const word of ['level', 'dataSource', 'fields']) assert.match(all, new RegExp(word));
  assert.doesNotMatch(all, /activities/);
});

test('a field that does not take the values of its parameter is refused', async () => {
  const problems = await problemsOf({
    reports: {
      sharingLinks: { collection: 'links', fields: { linkType: 'kind', time: 'kind' } },
      userAccess: { collection: 'access', fields: { user: 'who', dataSource: 'id', level: 'level' } },
    },
  });
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /reports\.userAccess.*field id/);
  assert.match(problems[1] ?? '', /reports\.sharingLinks.*field kind/);
});

test('names that are not known are refused', async () => {
  const fields = { user: 'usr' };
  for (const [report, problem] of [
    [{ collection: 'activities', fields }, /no field "usr".*"user"/],
    [{ collection: 'activities', columns: ['id', 'idd'] }, /no field "idd"/],
    [{ collection: 'activities', titles: { idd: 'Id' } }, /no field "idd"/],
    [{ collection: 'activitys' }, /no collection "activitys"/],
    [{ collection: 'activities', columns: [] }, /columns/],
    [{ collection: 'activities', columns: ['id', 'id'] }, /columns/],
    [{ collection: 'activities', fields: { who: 'user' } }, /who/],
  ] as const) {
    assert.match((await problemsOf({ reports: { activities: report } })).join('\n'), problem);
  }
  assert.match((await problemsOf({ reports: {} })).join('\n'), /reports/);
  assert.match((await problemsOf({ reports: { activity: {} } })).join('\n'), /activity/);
  assert.match((await problemsOf({ ...WHOLE_BINDING, simultaneousExports: 0 })).join('\n'), /simultaneous/);
});
