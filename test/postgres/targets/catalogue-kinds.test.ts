/**
 * Whatever PostgreSQL can say of a row: each kind of its catalogue is judged before writing, or is known to be the database's alone. What a later
 * version adds, a column of the catalogue or a kind, fails here until somebody has thought about it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IssueCode } from '../../../src/core/issue.ts';
import { judgeBoth } from './judge-both.ts';
import { chunkOf, collectionOf, createTargetBench, runJob, type TargetBench } from './target-harness.ts';

let bench: TargetBench;
let version: number;
before(async () => {
  bench = await createTargetBench();
  const { rows } = await bench.database.pool.query<{ number: string }>(
    `select current_setting('server_version_num') as number`,
  );
  version = Number(rows[0]?.number);
});
after(() => bench.database.drop());

/** Columns of PostgreSQL 15 to 18. */
const COLUMNS: Readonly<Record<string, string>> = {
  pg_constraint: `conbin condeferrable condeferred conenforced conexclop confdelsetcols confdeltype conffeqop confkey confmatchtype confrelid
    confupdtype conindid coninhcount conislocal conkey conname connamespace connoinherit conparentid conperiod conpfeqop conppeqop conrelid
    contype contypid convalidated oid`,
  pg_index: `indcheckxmin indclass indcollation indexprs indexrelid indimmediate indisclustered indisexclusion indislive indisprimary indisready
    indisreplident indisunique indisvalid indkey indnatts indnkeyatts indnullsnotdistinct indoption indpred indrelid`,
  pg_attribute: `attacl attalign attbyval attcacheoff attcollation attcompression attfdwoptions attgenerated atthasdef atthasmissing attidentity
    attinhcount attisdropped attislocal attlen attmissingval attname attndims attnotnull attnum attoptions attrelid attstattarget attstorage
    atttypid atttypmod`,
  pg_type: `oid typacl typalign typanalyze typarray typbasetype typbyval typcategory typcollation typdefault typdefaultbin typdelim typelem
    typinput typisdefined typispreferred typlen typmodin typmodout typname typnamespace typndims typnotnull typoutput typowner typreceive
    typrelid typsend typstorage typsubscript typtype typtypmod`,
  pg_trigger: `oid tgargs tgattr tgconstraint tgconstrindid tgconstrrelid tgdeferrable tgenabled tgfoid tginitdeferred tgisinternal tgname tgnargs
    tgnewtable tgoldtable tgparentid tgqual tgrelid tgtype`,
  pg_rewrite: 'ev_action ev_class ev_enabled ev_qual ev_type is_instead oid rulename',
  pg_policy: 'oid polcmd polname polpermissive polqual polrelid polroles polwithcheck',
};

for (const [catalogue, known] of Object.entries(COLUMNS)) {
  test(`${catalogue} says nothing that nobody has thought about`, async () => {
    const { rows } = await bench.database.pool.query<{ name: string }>(
      'select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped',
      [catalogue],
    );
    assert.deepEqual(
      rows.map(({ name }) => name).filter((name) => !known.split(/\s+/).includes(name)),
      [],
    );
  });
}

interface Kind {
  /** The table `TABLE` with an `id`, a `v` and a record of `bad` that the kind objects to. */
  readonly sql: string;
  readonly bad: string | null;
  /** What validation and import say, or the import alone. */
  readonly says: IssueCode | 'nothing';
  readonly isImportOnly?: true;
  readonly type?: 'integer' | 'text';
  readonly since?: number;
}

const REFUSE = `create function TABLE_f() returns trigger language plpgsql as $$ begin
  if new.v = 9 then raise exception 'no nine'; end if; return coalesce(new, old); end $$;`;

/** By catalogue, column and kind. */
const KINDS: Readonly<Record<string, Kind>> = {
  'contype c': {
    sql: 'create table TABLE (id int primary key, v int check (v < 9))',
    bad: '9',
    says: 'check.violated',
  },
  'contype n': {
    sql: 'create table TABLE (id int primary key, v int not null)',
    bad: null,
    says: 'field.missing',
  },
  'contype p': { sql: 'create table TABLE (id int primary key, v int)', bad: '9', says: 'nothing' },
  'contype u': {
    sql: 'create table TABLE (id int primary key, v int unique); insert into TABLE values (99, 9)',
    bad: '9',
    says: 'unique.conflict',
    // The pass over the file says it first.
    isImportOnly: true,
  },
  'contype x': {
    sql: 'create table TABLE (id int primary key, v int, exclude using hash (v with =)); insert into TABLE values (99, 9)',
    bad: '9',
    says: 'exclusion.conflict',
    isImportOnly: true,
  },
  'contype f': {
    sql: 'create table TABLE_o (v int primary key); insert into TABLE_o values (1); create table TABLE (id int primary key, v int references TABLE_o)',
    bad: '9',
    says: 'reference.not_found',
  },
  'contype t': {
    sql: `create table TABLE (id int primary key, v int); ${REFUSE} create constraint trigger TABLE_t after insert on TABLE deferrable initially deferred for each row execute function TABLE_f()`,
    bad: '9',
    says: 'database.refused',
    isImportOnly: true,
  },
  'typtype b': {
    sql: 'create table TABLE (id int primary key, v inet)',
    bad: 'no',
    says: 'field.not_of_type',
    type: 'text',
  },
  'typtype c': {
    sql: 'create type TABLE_c as (x int); create table TABLE (id int primary key, v TABLE_c)',
    bad: '(no)',
    says: 'field.not_of_type',
    type: 'text',
  },
  'typtype d': {
    sql: 'create domain TABLE_d as int check (value < 9); create table TABLE (id int primary key, v TABLE_d)',
    bad: '9',
    says: 'check.violated',
  },
  'typtype e': {
    sql: `create type TABLE_e as enum ('1'); create table TABLE (id int primary key, v TABLE_e)`,
    bad: '9',
    says: 'field.not_of_type',
    type: 'text',
  },
  'typtype r': {
    sql: 'create table TABLE (id int primary key, v int4range)',
    bad: '[9,1]',
    says: 'field.not_of_type',
    type: 'text',
  },
  'typtype m': {
    sql: 'create table TABLE (id int primary key, v int4multirange)',
    bad: '{no}',
    says: 'field.not_of_type',
    type: 'text',
  },
  'relkind p': {
    sql: 'create table TABLE (id int primary key, v int) partition by range (id); create table TABLE_1 partition of TABLE for values from (1) to (2)',
    bad: '9',
    says: 'partition.missing',
  },
  'trigger before': {
    sql: `create table TABLE (id int primary key, v int); ${REFUSE} create trigger TABLE_t before insert on TABLE for each row execute function TABLE_f()`,
    bad: '9',
    says: 'database.refused',
    isImportOnly: true,
  },
  'trigger after': {
    sql: `create table TABLE (id int primary key, v int); ${REFUSE} create trigger TABLE_t after insert on TABLE for each row execute function TABLE_f()`,
    bad: '9',
    says: 'database.refused',
    isImportOnly: true,
  },
  policy: {
    sql: `create table TABLE (id int primary key, v int); alter table TABLE enable row level security; alter table TABLE force row level security;
      create policy TABLE_a on TABLE for select using (true); create policy TABLE_b on TABLE for insert with check (v < 9);
      create policy TABLE_c on TABLE for update using (true)`,
    bad: '9',
    says: 'database.refused',
    isImportOnly: true,
  },
  'attgenerated s': {
    sql: 'create table TABLE (id int primary key, v int, g int generated always as (v + 1) stored check (g < 10))',
    bad: '9',
    says: 'check.violated',
  },
  'attgenerated v': {
    sql: 'create table TABLE (id int primary key, v int, g int generated always as (v + 1) virtual check (g < 10))',
    bad: '9',
    says: 'check.violated',
    since: 180_000,
  },
  'conenforced f': {
    sql: 'create table TABLE (id int primary key, v int check (v < 9) not enforced)',
    bad: '9',
    says: 'nothing',
    since: 180_000,
  },
  'conperiod t': {
    sql: `create table TABLE (id int primary key, v int4range, k int4range default '[1,2)', unique (k, v without overlaps));
      insert into TABLE values (99, '[1,10)')`,
    bad: '[5,6)',
    says: 'exclusion.conflict',
    isImportOnly: true,
    type: 'text',
    since: 180_000,
  },
};

let made = 0;
for (const [kind, { sql, bad, says, isImportOnly = false, type = 'integer', since = 0 }] of Object.entries(
  KINDS,
)) {
  test(`${kind}: ${says}${isImportOnly ? ', while writing' : ''}`, async (context) => {
    if (version < since) {
      context.diagnostic('this version does not have it');
      return;
    }
    const table = `kind_${(made += 1)}`;
    await bench.database.pool.query(sql.replaceAll('TABLE', table));
    const collection = collectionOf(`id:integer v:${type}`, { table });
    const rows = [[kind === 'relkind p' ? '9' : '1', bad]];
    const issues = isImportOnly
      ? (await runJob(bench.target, { collection }, [chunkOf(rows)])).issues
      : await judgeBoth(bench, collection, rows);
    assert.deepEqual(
      issues.map(({ code }) => code),
      says === 'nothing' ? [] : [says],
    );
  });
}

/** Kinds that no row of a table can have. */
const WITHOUT_ROWS = ['typtype p', 'relkind i', 'relkind I', 'relkind S', 'relkind t', 'relkind c'];
/** Kinds that other tests have: plain tables, views, and what stands in for them. */
const ELSEWHERE = ['relkind r', 'relkind v', 'relkind m', 'relkind f'];

test('no kind of the server is missing above', async () => {
  const { rows } = await bench.database.pool.query<{ kind: string }>(`
    select distinct 'contype ' || contype::text as kind from pg_constraint
    union select distinct 'typtype ' || typtype::text from pg_type union select distinct 'relkind ' || relkind::text from pg_class
    union select distinct 'attgenerated ' || attgenerated::text from pg_attribute where attgenerated <> ''`);
  const known = [...Object.keys(KINDS), ...WITHOUT_ROWS, ...ELSEWHERE];
  assert.deepEqual(
    rows.map(({ kind }) => kind).filter((kind) => !known.includes(kind)),
    [],
  );
});
