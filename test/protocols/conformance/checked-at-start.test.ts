/** What a binding says of collections is held against them before the server listens, in every protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import { bindProtocols, checkBindings } from '../../../src/server/open-protocols.ts';
import { createEngine, type Definition } from '../../engine/harness.ts';
import * as avepoint from '../avepoint/fixture.ts';
import * as egainExport from '../egain-export/fixture.ts';
import * as egainImport from '../egain-import/fixture.ts';
import * as emarsys from '../emarsys/fixture.ts';
import * as sailpoint from '../sailpoint/fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const CASES: Readonly<Record<string, readonly [binding: Json, collections: readonly Definition[]]>> = {
  avepoint: [avepoint.WHOLE_BINDING, avepoint.COLLECTIONS],
  'egain-export': [egainExport.BINDING, [egainExport.ARTICLES, egainExport.TOPICS]],
  'egain-import': [egainImport.BINDING, [egainImport.ARTICLES]],
  emarsys: [emarsys.BINDING, [emarsys.CONTACTS, emarsys.RESPONSES]],
  sailpoint: [sailpoint.BINDING, sailpoint.COLLECTIONS],
};

type Path = readonly (string | number)[];

/** Every value in it, with the way to it. */
function* valuesIn(value: unknown, path: Path = []): Iterable<readonly [Path, unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* valuesIn(member, [...path, name]);
}

function withValue(binding: Json, path: Path, value: unknown): Json {
  const copy = structuredClone(binding) as Record<string, unknown>;
  const holder = path.slice(0, -1).reduce((at, step) => at[step] as Record<string, unknown>, copy);
  holder[path.at(-1) as string] = value;
  return copy;
}

for (const [name, [binding, collections]] of Object.entries(CASES)) {
  test(`${name}: a field or a scope that a collection does not have is refused by its place`, async () => {
    const engine = await createEngine();
    try {
      for (const definition of collections) await engine.apply(definition);
      const problemsOf = async (changed: Json): Promise<string> => {
        try {
          await checkBindings(engine.database.pool, bindProtocols({ [name]: changed }));
          return '';
        } catch (error) {
          assert.ok(isAppError(error, 'config.invalid'), String(error));
          return error.message;
        }
      };
      assert.equal(await problemsOf(binding), '');
      const fields = new Set(
        collections.flatMap(({ schema }) => Object.keys((schema as { properties: object }).properties)),
      );
      const values = [...valuesIn(binding)];
      const roles = values.filter(([, value]) => typeof value === 'string' && fields.has(value));
      assert.ok(roles.length > 0);
      for (const [path] of roles) {
        const problem = await problemsOf(withValue(binding, path, 'no_such_field'));
        assert.match(problem, /no_such_field/, path.join('.'));
        assert.match(problem, new RegExp(`protocols\\.${name}\\.${String(path[0])}`), path.join('.'));
      }
      const places = values.flatMap(([path]) => (path.at(-1) === 'collection' ? [path.slice(0, -1)] : []));
      assert.ok(places.length > 0);
      for (const path of places) {
        const problem = await problemsOf(withValue(binding, [...path, 'scope'], { owner: '7' }));
        assert.ok(problem.includes(`protocols.${name}.${path.join('.')}: `), problem);
        assert.match(problem, /has no scope; owner is not part of it/);
      }
    } finally {
      await engine.close();
    }
  });
}

test('a collection that has a scope needs one in the binding', async () => {
  const engine = await createEngine();
  try {
    await engine.apply({ ...egainImport.ARTICLES, scope: ['owner'] });
    const { pool } = engine.database;
    await assert.rejects(checkBindings(pool, bindProtocols({ 'egain-import': egainImport.BINDING })), {
      message: /protocols\.egain-import\.articles: .* needs a scope with owner/,
    });
    const articles = { ...egainImport.BINDING.articles, scope: { owner: '7' } };
    await checkBindings(pool, bindProtocols({ 'egain-import': { articles } }));
  } finally {
    await engine.close();
  }
});
