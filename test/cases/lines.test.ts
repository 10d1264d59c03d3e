/** Cases on lines, quotes and names: what is a record, what its fields are called. */
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeCase, type Row } from './case.ts';

describeCase('03-totals-row', [
  { run: 'collections apply sales.json' },
  {
    run: 'import totals.csv --into c03-sales',
    exit: 2,
    counts: { created: 2, rejected: 1 },
    issues: ['line 4, day: field.not_date'],
    says: [/expected a date/],
    holds: { 'c03-sales': 'day,clicks,spend\n2024-01-01,10,1.50\n2024-01-02,20,2.75\n' },
  },
  {
    run: 'import totals-empty-label.csv --into c03-sales',
    exit: 2,
    counts: { unchanged: 2, rejected: 1 },
    issues: ['line 4, day: field.missing'],
  },
  {
    run: 'import psql-footer.csv --into c03-sales',
    exit: 2,
    counts: { unchanged: 2, rejected: 1 },
    issues: ['line 5: record.ragged_short'],
    says: [/fewer fields \(1\) than the header \(3\)/],
  },
]);

describeCase('05-blank-header', [
  {
    run: 'import pandas-index.csv --into c05-index',
    counts: { created: 2 },
    says: [/column_1/],
    holds: { 'c05-index': 'column_1,name,age\n0,ann,30\n1,bob,41\n' },
  },
  {
    run: 'import middle.csv --into c05-middle',
    counts: { created: 2 },
    holds: { 'c05-middle': 'name,column_2,age\nann,x,30\nbob,y,41\n' },
  },
  {
    run: 'import spaces.csv --into c05-spaces',
    counts: { created: 1 },
    holds: { 'c05-spaces': 'column_1, name , age \n0,ann,30\n' },
  },
]);

describeCase('10-header-newline', [
  {
    run: 'import header-newline.csv --into c10-new',
    counts: { created: 2 },
    holds: { 'c10-new': 'no,"Job\nname","Pay\nfrom"\n1,Cook,12.5\n2,Nurse,22\n' },
  },
  { run: 'export c10-new --out back.csv' },
  { run: 'import back.csv --into c10-new', counts: { unchanged: 2 } },
  { run: 'collections apply wages.json' },
  {
    run: 'import header-newline.csv --into c10-own',
    counts: { created: 2 },
    holds: { 'c10-own': 'no,job_name,pay_from\n1,Cook,12.5\n2,Nurse,22\n' },
  },
]);

describeCase('11-escapes', [
  {
    run: 'import backslash.csv --into c11-backslash',
    counts: { created: 2 },
    says: [/escape +"\\\\"/],
    holds: {
      'c11-backslash': 'column_1,column_2,column_3,column_4\n"a ""b"" c",d,"",""\n"x ""y"", z",e,f,g\n',
    },
  },
  {
    run: 'import both.csv --into c11-both',
    exit: 2,
    counts: { created: 2, rejected: 1 },
    issues: ['line 3: record.stray_quote', 'line 3: record.ragged_long'],
    holds: { 'c11-both': 'id,path\n1,C:\\tmp\\\n3,x\n' },
  },
  {
    run: 'import ends-in-backslash.csv --into c11-ends',
    counts: { created: 3 },
    holds: { 'c11-ends': 'town,land,n\nGraz,AT,1\nBern\\,CH,2\nUlm,DE,3\n' },
  },
  {
    run: 'import inches.csv --into c11-inches',
    counts: { created: 3 },
    holds: {
      'c11-inches': 'part,note\n"screen 27""",ok\nplain,fine\n"pipe 2"" long","an ""extra"" word"\n',
    },
  },
  {
    run: 'import inner-quotes.csv --into c11-inner',
    exit: 2,
    counts: { created: 1, rejected: 2 },
    issues: ['line 2: record.stray_quote', 'line 4: record.stray_quote'],
    holds: { 'c11-inner': 'c,d\ntwo,ok\n' },
  },
  {
    run: 'import tab-quotes.tsv --into c11-tabs',
    counts: { created: 3 },
    holds: {
      'c11-tabs': 'no,text,sum\n1,TILE,"10,50"\n2,"use "" with care ""","20,00"\n3,"a ""b","30,25"\n',
    },
  },
]);

describeCase('18-system-columns', [
  {
    run: 'import xmin.csv --into c18-xmin',
    counts: { created: 2 },
    says: [/xmin +xmin_ +bigint/],
    holds: { 'c18-xmin': 'tile,xmin,xmax,ymin\nt1,1,2,3\nt2,4,5,6\n' },
  },
  {
    run: 'import ctid.csv --into c18-ctid',
    counts: { created: 2 },
    says: [/tableoid +tableoid_ +bigint/],
    holds: { 'c18-ctid': 'ctid,oid,tableoid,cmax\na,1,2,3\nb,2,3,4\n' },
  },
  {
    run: 'import reserved.csv --into c18-reserved',
    counts: { created: 2 },
    holds: { 'c18-reserved': 'order,user,select,table\n1,ann,x,y\n2,bob,z,w\n' },
  },
  {
    run: 'import upper.csv --into c18-upper',
    counts: { created: 1 },
    holds: { 'c18-upper': 'XMIN,Ctid\n1,2\n' },
  },
  // The columns of failed rows, which say where a row was; no fields.
  { run: 'import own-names.csv --into c18-own', exit: 1, says: [/Nothing can be inferred/] },
]);

describeCase('19-long-names', [
  {
    run: 'import long.csv --into c19-long',
    counts: { created: 2 },
    holds: {
      'c19-long': `${'a'.repeat(63)}_one,${'a'.repeat(63)}_two,${'ü'.repeat(40)}x,${'ü'.repeat(40)}y,${'😀'.repeat(20)}\n1,2,3,4,5\n6,7,8,9,10\n`,
    },
  },
  {
    sql: `select count(distinct attname)::int, max(octet_length(attname))::int from pg_attribute
          where attrelid = 'waybill_data.c19-long'::regclass and attnum > 0`,
    rows: [[5, 63]],
  },
  { run: 'export c19-long --out back.csv' },
  // Without a key they are new records.
  { run: 'import back.csv --into c19-long', counts: { created: 2 } },
]);

const ODD_NAMES = [
  'it\'s "q".csv',
  'two\nlines.csv',
  '😀.csv',
  `${'x'.repeat(240)}.csv`,
  '-rf.csv',
  '.hidden.csv',
];

describeCase('31-file-names', [
  { run: 'import plain.csv --into c31-names', counts: { created: 1 } },
  ...ODD_NAMES.map(
    (name): Row => ({
      title: `plain.csv under the name ${JSON.stringify(name)}`,
      async check({ folder, run }) {
        await copyFile(join(folder, 'plain.csv'), join(folder, name));
        const { code, output } = await run(['import', '--into', 'c31-names', '--', name]);
        assert.equal(code, 0, output);
        assert.match(output, /1 (created|unchanged)/);
      },
    }),
  ),
  {
    run: `export c31-names --file-name ../x"y --out o.csv`,
    exit: 64,
    says: [/fileName: expected name of the result file, without extension/],
  },
]);

describeCase('37-queue-gap', [
  { run: 'import first.csv --into c37-gap --key id' },
  {
    title: 'eight imports of one record into one collection, which follow each other without a pause',
    async check({ client }) {
      const ids: string[] = [];
      for (let id = 1; id <= 8; id++) {
        const source = { records: [{ id }] };
        ids.push((await client.startJob('import', { collection: 'c37-gap', source })).id);
      }
      await client.waitForJob(ids.at(-1) ?? '');
      const jobs = await Promise.all(ids.map((id) => client.getJob(id)));
      const pauses = jobs.slice(1).map(({ startedAt }, before) => {
        return Date.parse(startedAt ?? '') - Date.parse(jobs[before]?.finishedAt ?? '');
      });
      assert.ok(Math.max(...pauses) < 900, `pauses in ms: ${pauses.join()}`);
    },
  },
]);

describeCase('43-counts', [
  { run: 'collections apply p.json' },
  { run: 'import nonl.csv --into c43-p', counts: { created: 3 }, issues: [] },
  { run: 'import blanks.csv --into c43-p', counts: { unchanged: 2 }, issues: [] },
  { run: 'import crcrlf.csv --into c43-p', counts: { unchanged: 2 }, issues: [] },
  { run: 'import white.csv --into c43-p', counts: { unchanged: 2 }, issues: [] },
  { run: 'import ctrlz.csv --into c43-p', counts: { unchanged: 1 }, issues: [] },
  { run: 'import copyend.csv --into c43-p', counts: { unchanged: 1 }, issues: [] },
  // Delimiters alone are a record of empty fields: a collection without a key may hold one, and its export must come back.
  {
    run: 'import delimiter-only.csv --into c43-p',
    exit: 2,
    counts: { unchanged: 1, rejected: 2 },
    issues: ['line 2, sku: field.missing', 'line 4, sku: field.missing'],
  },
]);
