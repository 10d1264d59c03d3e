/** Cases on what the catalogue of the database says: identity, generated columns, keys, references, sizes. */
import { describeCase } from './case.ts';

describeCase('20-sequence', [
  { sqlFile: 'setup.sql' },
  { run: 'collections apply tickets.json' },
  { run: 'collections apply tickets2.json' },
  ...['tickets', 'tickets2'].flatMap((name) => [
    {
      run: `import tickets.csv --into c20-${name}`,
      counts: { created: 3 },
      says: [
        new RegExp(`Sequence h.${name}_id_seq stands behind: its next number was 1, and id has 10`),
        new RegExp(`select setval\\('h.${name}_id_seq', \\(select max\\("?id"?\\) from .*${name}`),
      ],
    },
    // Nothing was written, so there is nothing to say.
    { run: `import tickets.csv --into c20-${name}`, counts: { unchanged: 3 }, neverSays: [/Sequence/] },
    { sql: `delete from h.${name} where id = 10` },
    {
      run: `import tickets.csv --into c20-${name} --advance-sequences`,
      counts: { created: 1, unchanged: 2 },
      says: [new RegExp(`Sequence h.${name}_id_seq was advanced`)],
    },
    { sql: `insert into h.${name} (title) values ('x') returning id::int`, rows: [[11]] },
  ]),
]);

describeCase('21-generated', [
  { sqlFile: 'setup.sql' },
  { run: 'collections apply orders.json' },
  { run: 'import first.csv --into c21-orders', counts: { created: 2 } },
  { run: 'export c21-orders --out own.csv' },
  {
    run: 'import own.csv --into c21-orders',
    counts: { unchanged: 2 },
    says: [
      /Ignored, since only the database fills the column: "id" \(identity always\), "total" \(generated\)/,
    ],
  },
  { run: 'validate own.csv --into c21-orders', counts: { unchanged: 2 }, says: [/Would be ignored/] },
  // An export from another day: what the database fills is not compared, and nothing but created_at differs.
  { run: 'import all.csv --into c21-orders', counts: { updated: 2 } },
  { run: 'import all.csv --into c21-orders --map ref=ref', counts: { unchanged: 2 } },
  { run: 'import all.csv --into c21-orders --map ref=ref --mode replace', counts: { unchanged: 2 } },
  { run: 'import changed.csv --into c21-orders', counts: { updated: 1, unchanged: 1 } },
  { run: 'import wrong-total.csv --into c21-orders', counts: { created: 1 } },
  {
    sql: "select id::int, total::int from h.orders where ref in ('R1', 'R9')",
    rows: [
      [1, 6],
      [3, 1],
    ],
  },
  {
    run: 'import wrong-total.csv --into c21-orders --map total=total',
    exit: 1,
    fails: 'target.unsupported',
    says: [/"total" cannot be written.*is generated.*Leave it out of the mapping \(--map\)/],
  },
  { run: 'collections apply byid.json' },
  // Nobody can create a record with an id of their own, so an upsert finds records by it and needs no more than what changes.
  { run: 'import byid.csv --into c21-byid', counts: { updated: 1 } },
  { sql: 'select qty from h.orders where id = 1', rows: [[9]] },
]);

describeCase('24-deferrable', [
  { sqlFile: 'setup.sql' },
  { run: 'collections apply defer.json' },
  { run: 'collections apply plainu.json' },
  ...['defer', 'plainu'].map((name) => ({
    run: `import first.csv --into c24-${name}`,
    counts: { created: 3 },
  })),
  // Chunk by chunk a value is taken as long as its row has it: where chunks begin must not decide.
  {
    run: 'validate swap.csv --into c24-defer',
    exit: 2,
    issues: ['line 2: unique.conflict', 'line 3: unique.conflict', 'line 4: unique.conflict'],
  },
  {
    run: 'import swap.csv --into c24-defer',
    exit: 1,
    fails: 'job.nothing_accepted',
    issues: ['line 2: unique.conflict', 'line 3: unique.conflict', 'line 4: unique.conflict'],
  },
  { run: 'validate swap.csv --into c24-defer --atomicity all', counts: { updated: 3 }, issues: [] },
  {
    run: 'import swap.csv --into c24-defer --atomicity all',
    counts: { updated: 3 },
    issues: [],
    holds: { 'c24-defer': 'id,pos,name\n1,2,a\n2,3,b\n3,1,c\n' },
  },
  {
    run: 'import swap.csv --into c24-plainu --atomicity all',
    exit: 1,
    fails: 'job.not_all_accepted',
    issues: ['line 2: unique.conflict', 'line 3: unique.conflict', 'line 4: unique.conflict'],
  },
  // Two records want 9, and 1 is kept by the record 3.
  {
    run: 'import clash.csv --into c24-defer --atomicity all',
    exit: 1,
    fails: 'job.not_all_accepted',
    issues: ['line 3: unique.duplicate', 'line 4: unique.conflict'],
  },
]);

describeCase('26-size-limits', [
  {
    run: 'import survey400.csv --into c26-survey',
    exit: 2,
    counts: { created: 19, rejected: 1 },
    issues: ['line 12: record.too_wide'],
  },
  {
    run: 'validate survey400.csv --into c26-survey',
    exit: 2,
    counts: { created: 19, rejected: 1 },
    issues: ['line 12: record.too_wide'],
  },
  {
    run: 'import wide.csv --into c26-wide',
    exit: 2,
    counts: { created: 2, rejected: 1 },
    issues: ['line 3: record.too_wide'],
  },
  { run: 'import cols1000.csv --into c26-cols --header', counts: { created: 2 } },
  { run: 'validate cols1000.csv --into c26-cols --header', counts: { created: 2 } },
  { run: 'import cols1600.csv --into c26-many --header', exit: 1, says: [/limits\.recordFields/] },
  { run: 'collections apply lk.json' },
  ...['validate', 'import'].map((verb) => ({
    run: `${verb} long-key.csv --into c26-longkey`,
    exit: 2,
    counts: { created: 3, rejected: 1 },
    issues: ['line 3: record.too_wide'],
    says: [/index row size \d+ exceeds/],
  })),
]);

describeCase('32-self-fk', [
  { sqlFile: 'setup.sql' },
  { run: 'collections apply staff.json' },
  { run: 'collections apply staff-d.json' },
  // Children stand before their parents; one has a boss whom nobody knows, and only that one is guilty.
  {
    run: 'import family.csv --into c32-staff',
    exit: 2,
    counts: { created: 4, rejected: 1 },
    issues: ['line 6, boss: reference.not_found'],
  },
  // A validation says the same.
  {
    run: 'validate family.csv --into c32-staff_d',
    exit: 2,
    counts: { created: 4, rejected: 1 },
    issues: ['line 6, boss: reference.not_found'],
  },
  { run: 'import family-ok.csv --into c32-staff', counts: { unchanged: 4 } },
  {
    run: 'import family.csv --into c32-staff_d --atomicity all',
    exit: 1,
    fails: 'job.not_all_accepted',
    issues: ['line 6, boss: reference.not_found'],
  },
  { run: 'import family-ok.csv --into c32-staff_d --atomicity all', counts: { created: 4 } },
  // Others refer to the one, so it cannot go alone; all can go together.
  { run: 'import del.csv --into c32-staff --mode delete', exit: 1, fails: 'job.nothing_accepted' },
  { run: 'import delall.csv --into c32-staff --mode delete', counts: { deleted: 4 } },
  { run: 'import repl.csv --into c32-staff_d --mode replace', counts: { created: 1, removed: 4 } },
]);
