/** Cases on values: numbers, dates, types there and back, blanks. */
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

const noNumber = (...lines: readonly number[]) => lines.map((line) => `line ${line}, v: field.not_number`);

describeCase('15-numbers', [
  { run: 'collections apply fr.json' },
  { run: 'collections apply m.json' },
  { run: 'collections apply nbsp.json' },
  { run: 'collections apply ch.json' },
  { run: 'collections apply de.json' },
  { run: 'collections apply us.json' },
  { run: 'collections apply plain.json' },
  ...['c15-fr', 'c15-m', 'c15-nbsp'].map((name) => ({
    run: `import fr.csv --into ${name} --header`,
    exit: 2,
    counts: { created: 11, rejected: 4 },
    issues: noNumber(7, 9, 13, 15),
    holds: {
      [name]:
        'k,v\nascii,"1234,56"\nnbsp,"1234,56"\nneg,"-1234,5"\nnnbsp,"1234,56"\nonly,"0,5"\nplus,"5,5"\nspaces,"7,5"\nthin,"1234,56"\ntrail,"12,5"\ntwo,"1234567,8"\numinus,"-1234,5"\n',
    },
  })),
  {
    run: 'import ch.csv --into c15-ch --header',
    exit: 2,
    issues: noNumber(4),
    holds: { 'c15-ch': 'k,v\na,1234.5\nb,1234.5\n' },
  },
  { run: 'import de.csv --into c15-de --header', exit: 2, issues: noNumber(5, 6, 8, 9, 10) },
  {
    run: 'import us.csv --into c15-us --header',
    exit: 2,
    issues: noNumber(2, 3, 4, 5, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23),
  },
  {
    run: 'import plain.csv --into c15-plain --header',
    exit: 2,
    issues: noNumber(2, 3, 7, 8, 11, 12, 13, 15),
  },
]);

describeCase('16-dates', [
  { run: 'collections apply d.json' },
  { run: 'collections apply us.json' },
  { run: 'collections apply e.json' },
  { run: 'collections apply yy.json', exit: 1, says: [/twoDigitYearsFrom/] },
  {
    run: 'import iso.csv --into c16-iso --header',
    exit: 2,
    issues: [
      ...[3, 4, 5, 7, 10, 11].map((line) => `line ${line}, d: field.not_date`),
      'line 12, t: field.time_skipped',
      'line 13, t: field.time_repeated',
      'line 14, t: field.not_date_time',
      'line 15, t: field.not_date_time',
      'line 18, t: field.too_precise',
      'line 20, t: field.not_date_time',
      ...[21, 22, 23].map((line) => `line ${line}, h: field.not_time`),
      'line 26, t: field.not_date_time',
      'line 27, d: field.not_date',
      'line 30, t: field.not_date_time',
      'line 34, d: field.not_date',
      'line 35, d: field.not_date',
    ],
    says: [/the clock of Europe\/Vienna jumps over this time/, /shows this time twice/],
  },
  {
    run: 'import us.csv --into c16-us --header',
    exit: 2,
    issues: [
      'line 2, d: field.not_date',
      ...[5, 6, 7].map((line) => `line ${line}, d: field.not_date`),
      'line 8, t: field.time_repeated',
      'line 9, t: field.time_skipped',
      'line 12, t: field.not_date_time',
      'line 13, t: field.not_date_time',
    ],
  },
  { run: 'import us-out.csv --into c16-us --header', issues: ['line 5, t: field.time_repeated'] },
  { run: 'export c16-us --out again.csv' },
  { run: 'import again.csv --into c16-us --header', counts: { unchanged: 9 }, issues: [] },
  { run: 'import edge-years.csv --into c16-edge --header', counts: { created: 3 } },
  { run: 'export c16-edge --out edge.csv' },
  { run: 'import edge.csv --into c16-edge --header', counts: { unchanged: 3 }, issues: [] },
]);

describeCase('25-precision', [
  { sql: 'create schema if not exists h' },
  { sqlFile: 'setup.sql' },
  { run: 'collections apply prec.json' },
  {
    run: 'import prec.csv --into c25-prec --header',
    exit: 2,
    issues: [
      'line 2, r: field.inexact',
      'line 2, d: field.inexact',
      'line 2, ts0: field.too_precise',
      'line 3, d: field.inexact',
      'line 3, n: field.too_precise',
      'line 4, r: field.out_of_range',
      'line 4, d: field.out_of_range',
      'line 4, n: field.out_of_range',
      'line 5, r: field.out_of_range',
      'line 5, d: field.out_of_range',
      'line 6, ts0: field.too_precise',
      'line 6, ts3: field.too_precise',
      'line 6, t0: field.too_precise',
      'line 7, r: field.inexact',
    ],
    says: [/the nearest that it can is 16777216/],
  },
  {
    run: 'import floats.csv --into c25-prec --header',
    issues: [
      'line 2, r: field.inexact',
      'line 2, d: field.inexact',
      'line 3, d: field.inexact',
      'line 4, r: field.inexact',
      // 1e23 is halfway between two doubles, and PostgreSQL prints the one below.
      'line 4, d: field.inexact',
      'line 5, d: field.inexact',
    ],
  },
  { run: 'import p.csv --into c25-prec --header', issues: [] },
]);

describeCase('27-round-trip-types', [
  { sql: 'create schema if not exists h' },
  { sqlFile: 'setup.sql' },
  { sql: 'create table h.rt_copy as table h.rt' },
  { run: 'collections apply rt.json' },
  { run: 'export c27-rt --out own.csv' },
  { run: 'import own.csv --into c27-rt --mode replace', issues: [] },
  { sqlFile: 'diff.sql' },
  {
    sql: 'select id from h.rt_copy p full join h.rt q using (id) where to_jsonb(p) is distinct from to_jsonb(q)',
    rows: [],
  },
  { run: 'import rt.csv --into c27-rt --mode replace', issues: [] },
  // A column of json, unlike jsonb, may hold a name twice; in a JSON file that is refused, as nobody knows which counts.
  { run: 'import rt.jsonl --into c27-rt', exit: 2, issues: ['line 1: record.duplicate_name'] },
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
  ...['z.csv', 'z.json', 'z.jsonl', 'nl.jsonl', 'empty.json'].flatMap((file) => [
    { sql: 'truncate h.zero; insert into h.zero values (1)' },
    { run: `import ${file} --into c30-zero --mode replace`, exit: 1 },
    { run: `import ${file} --into c30-zero --mode replace --replace-by-nothing`, counts: { removed: 1 } },
  ]),
  { run: 'import z.xlsx --into c30-zero --mode replace --replace-by-nothing', exit: 1 },
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
