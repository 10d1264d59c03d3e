/** Cases on values: JSON's own, blanks, formulas, rows that are the same or none. */
import { describeCase } from './case.ts';

describeCase('14-jsonl', [
  { run: 'collections apply ev.json' },
  {
    run: 'import bom-no-final-newline.jsonl --into c14-events',
    counts: { created: 2 },
  },
  {
    run: 'import bom.json --into c14-events',
    counts: { unchanged: 1 },
  },
  {
    run: 'import crlf-blank.jsonl --into c14-events',
    counts: { created: 1, unchanged: 2 },
  },
  {
    run: 'import numbers.jsonl --into c14-events',
    exit: 2,
    counts: { created: 6, rejected: 1 },
    issues: ['line 3, id: field.out_of_range'],
  },
  {
    run: 'import bom-inside.jsonl --into c14-events',
    exit: 2,
    issues: ['line 2: record.not_json'],
    says: [/got "<U[+]FEFF>"/],
  },
  {
    run: 'import duplicate-keys.jsonl --into c14-events',
    exit: 1,
    fails: 'job.nothing_accepted',
    counts: { rejected: 3 },
    says: [/3 × the name id occurs twice in one object/],
  },
  {
    run: 'import escapes.jsonl --into c14-events',
    exit: 1,
    fails: 'job.nothing_accepted',
    issues: [
      'line 1, what: field.lone_surrogate',
      'line 2, what: field.nul_character',
      'line 3: record.not_json',
    ],
  },
  {
    run: 'import no-end.json --into c14-events',
    exit: 2,
    issues: ['line 4: record.not_json'],
    says: [/the file ends before the end of the array/],
  },
  {
    run: 'import trailing-comma.json --into c14-events',
    exit: 2,
    issues: ['line 1: record.not_json'],
    says: [/there is no element before the end of the array/],
  },
  {
    run: 'import two-arrays.json --into c14-events',
    exit: 2,
    issues: ['line 2: record.not_json'],
    says: [/there is more after the end of the array/],
  },
  {
    run: 'import two-per-line.jsonl --into c14-events',
    exit: 1,
    fails: 'job.nothing_accepted',
    counts: { rejected: 2 },
    says: [/expected the end at character 9/],
  },
  {
    run: 'import commas.jsonl --into c14-events',
    exit: 1,
    fails: 'format.unknown',
    says: [/one object per line with commas between them/],
  },
  {
    run: 'import pretty.jsonl --into c14-events',
    exit: 1,
    fails: 'format.unknown',
    says: [/several JSON objects over several lines each/],
  },
  {
    run: 'import wrapped-lines.json --into c14-events',
    exit: 1,
    fails: 'format.unknown',
    says: [/one JSON object over several lines/],
  },
  {
    run: 'import wrapped.json --into c14-events',
    exit: 1,
    fails: 'job.field_mismatch',
    says: [/it has data; expected id, what, extra/],
  },
  {
    run: 'import single-quotes.jsonl --into c14-events',
    exit: 1,
    fails: 'job.missing_key_field',
    says: [/It has: \{'id':1\}/],
  },
  {
    run: 'import arrays.jsonl --into c14-events',
    exit: 1,
    fails: 'source.unreadable',
  },
]);

describeCase('28-unchanged', [
  { sqlFile: 'setup.sql' },
  ...['js', 'xm', 'pt', 'jb', 'ch', 'n', 'iv', 'mny'].flatMap((name) => [
    { sql: 'truncate h.unch' },
    { run: `collections apply ${name}.json` },
    { run: `import ${name}.csv --into c28-${name}`, counts: { created: 1 } },
    { run: `import ${name}.csv --into c28-${name}`, counts: { unchanged: 1 } },
    { sql: 'select touched from h.unch', rows: [[0]] },
  ]),
]);

describeCase('30-zero-rows', [
  { sql: 'create schema if not exists h' },
  { sql: 'create table h.zero (id bigint primary key, t text, n numeric)' },
  {
    title: 'a collection of that table',
    check: async ({ client }) => {
      await client.applyCollection('c30-zero', {
        name: 'c30-zero',
        key: ['id'],
        target: { table: 'h.zero' },
        schema: {
          type: 'object',
          properties: { id: { type: 'integer' }, t: { type: 'string' }, n: { type: 'number' } },
        },
      });
    },
  },
  ...['z.csv', 'z.json', 'z.jsonl', 'z.xlsx', 'nl.jsonl', 'empty.json'].flatMap((file) => [
    { sql: 'truncate h.zero; insert into h.zero values (1)' },
    { run: `import ${file} --into c30-zero --mode replace`, exit: 1 },
    { run: `import ${file} --into c30-zero --mode replace --replace-by-nothing`, counts: { removed: 1 } },
  ]),
]);

describeCase('34-formula-guard', [
  { run: 'collections apply f.json' },
  { run: 'import f.csv --into c34-f', counts: { created: 15 } },
  { run: 'export c34-f --guard-formulas --out guarded.csv' },
  { run: 'import guarded.csv --into c34-f', counts: { unchanged: 15 }, issues: [] },
  // A file from before there was a column that says where: its apostrophes are text.
  { run: 'import g.csv --into c34-f', counts: { updated: 9, unchanged: 6 } },
]);

describeCase('35-blank-cells', [
  { run: 'collections apply m.json' },
  { run: 'import full.csv --into c35-m', counts: { created: 2 } },
  {
    run: 'import blanks.csv --into c35-m',
    counts: { updated: 1 },
    holds: { 'c35-m': 'email,name,age,ok,born\na@x.example,,,,\nb@x.example,Bob,40,false,1980-02-02\n' },
  },
  {
    run: 'import quoted-blanks.csv --into c35-m',
    counts: { updated: 1 },
    holds: { 'c35-m': 'email,name,age,ok,born\na@x.example,,,,\nb@x.example,"",,,\n' },
  },
  { run: 'collections apply keep.json' },
  { run: 'import full.csv --into c35-keep', counts: { created: 2 } },
  { run: 'import blanks.csv --into c35-keep', counts: { unchanged: 1 } },
  {
    run: 'import quoted-blanks.csv --into c35-keep',
    counts: { unchanged: 1 },
    holds: {
      'c35-keep':
        'email,name,age,ok,born\na@x.example,Ann,30,true,1990-01-01\nb@x.example,Bob,40,false,1980-02-02\n',
    },
  },
]);
