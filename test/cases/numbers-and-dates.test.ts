/** Cases on types: numbers, dates, precision, and what comes back as it went in. */
import { describeCase } from './case.ts';

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
    says: [
      /does not exist on that day: the clock in Europe\/Vienna skips it/,
      /occurs twice in Europe\/Vienna/,
    ],
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
    says: [/the nearest value is 16777216/],
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
