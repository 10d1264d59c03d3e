/** Foreign keys that are `not valid`: what the server leaves alone is left alone, by a validation as by an import. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create collation uc_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table uc_lands (code text collate uc_any_case, part int, primary key (code, part)); insert into uc_lands values ('de', 1)`);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Added once the rows are there. `boss` refers to the same table, `land` and `part` to another. */
const KEYS: Readonly<Record<string, string>> = {
  'to another table':
    'alter table TABLE add constraint fk foreign key (land, part) references uc_lands not valid',
  'that is deferred':
    'alter table TABLE add constraint fk foreign key (land, part) references uc_lands deferrable initially deferred not valid',
  'in full':
    'alter table TABLE add constraint fk foreign key (land, part) references uc_lands match full not valid',
  'of one partition':
    'alter table TABLE_1 add constraint fk foreign key (land, part) references uc_lands not valid',
  'to itself': 'alter table TABLE add constraint fk foreign key (boss) references TABLE not valid',
};

const OPTIONS = [
  ['upsert', 'chunk', 1],
  ['upsert', 'chunk', 1000],
  ['update', 'chunk', 1000],
  ['upsert', 'all', 2],
  ['replace', 'chunk', 2],
] as const;

for (const [name, keys] of Object.entries(KEYS)) {
  for (const [mode, atomicity, maxChunkRecords] of OPTIONS) {
    test(`a row keeps a reference that leads nowhere, by a key ${name}: ${mode}, ${atomicity}, ${maxChunkRecords}`, async () => {
      const table = `unchecked_${(made += 1)}`;
      const isParted = name === 'of one partition';
      await engine.database.pool.query(
        `create table TABLE (id text primary key, boss text, land text collate uc_any_case, part int, note text)
           ${isParted ? 'partition by list (id)' : ''};
         ${isParted ? 'create table TABLE_1 partition of TABLE default;' : ''}
         insert into TABLE values ('a', 'ghost', 'no', 1, 'old'), ('b', 'ghost', 'no', 1, 'old'), ('c', 'a', 'de', 1, 'old'), ('d', 'ghost', 'no', 1, 'old');
         ${keys}`.replaceAll('TABLE', table),
      );
      const text = { type: ['string', 'null'] };
      await engine.apply({
        name: table,
        key: ['id'],
        target: { table },
        schema: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            boss: text,
            land: text,
            part: { type: ['integer', 'null'] },
            note: text,
          },
        },
      });
      const lines = [
        'id,boss,land,part,note',
        'a,ghost,NO,1,new',
        'c,a,de,1,new',
        // Without these it can be all or nothing.
        ...(atomicity === 'all' ? [] : ['b,phantom,xx,1,new', 'd,ghost,no,2,new']),
        ...(atomicity === 'all' || mode === 'update' ? [] : ['e,ghost,no,1,new', 'f,a,DE,1,new']),
        '',
      ];
      const source = { upload: await engine.upload(lines.join('\n')) };
      const request = {
        collection: table,
        source,
        mode,
        atomicity,
        effects: true,
        replaceDespiteErrors: true,
      };
      const validation = await engine.validate(request);
      const imported = await engine.import(request, { maxChunkRecords });
      assert.deepEqual(imported.issues, validation.issues);
      const codes = imported.issues.map(({ record, code }) => [record, code]);
      const isSelf = name === 'to itself';
      assert.deepEqual(
        codes,
        [3, 4, 5]
          // By its boss `d` stays as it is.
          .filter((record) => record < lines.length - 1 && !(isSelf && record === 4))
          .map((record) => [record, 'reference.not_found']),
      );
      assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      const rows = (await rowsOf(engine, table)) as { id: string; land: string; note: string }[];
      assert.deepEqual(
        rows
          .filter(({ note }) => note === 'new')
          .map(({ id }) => id)
          .toSorted(),
        ['a', 'c', ...(isSelf && lines.length > 4 ? ['d'] : []), ...(lines.length > 6 ? ['f'] : [])],
      );
    });
  }
}
