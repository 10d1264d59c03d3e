/** Numbers that are none: a table may hold them, an export shows them, and an import refuses them in every format. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create table readings (id int primary key, double float8, single real, exact numeric, list float8[]);
    insert into readings values (1, 'NaN', 'Infinity', 'NaN', '{NaN,1,-Infinity}'), (2, 1, 1, '-Infinity', null), (3, 1, 2, 3, '{4}')`);
  const number = { type: ['number', 'null'] };
  const properties = {
    id: { type: 'integer' },
    double: number,
    single: number,
    exact: number,
    list: { type: ['array', 'null'] },
  };
  await engine.apply({
    name: 'readings',
    key: ['id'],
    target: { table: 'readings' },
    schema: { type: 'object', properties },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

for (const format of ['csv', 'jsonl', 'json'] as const) {
  test(`NaN and infinities stand in an export as ${format}, and only their records do not come back`, async () => {
    const exported = await engine.export({ collection: 'readings', format });
    const [file] = (await engine.artifacts(exported.job)).filter(({ kind }) => kind === 'result');
    const bytes = await engine.artifact(exported.job, file?.name ?? '');
    if (format !== 'csv') assert.match(bytes.toString(), /"double":"NaN","single":"Infinity","exact":"NaN"/);
    const back = { collection: 'readings', source: { upload: await engine.upload(bytes) } };
    for (const kind of ['validate', 'import'] as const) {
      const { job, issues } = await engine[kind](back);
      assert.deepEqual(countsOf(job), { unchanged: 1, rejected: 2 });
      assert.deepEqual(
        issues.map(({ record, code, field }) => [record, code, field]),
        [
          [1, 'field.not_number', 'double'],
          [1, 'field.not_number', 'single'],
          [1, 'field.not_number', 'exact'],
          [1, 'field.not_number', 'list'],
          [2, 'field.not_number', 'exact'],
        ],
      );
    }
  });
}
