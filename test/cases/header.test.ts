/** Cases on where a header is, and what stands above, beside and below it. */
import { describeCase, type Row } from './case.ts';

describeCase('01-sep-line', [
  {
    run: 'import sep-semicolon.csv --into c01-semicolon',
    counts: { created: 2 },
    says: [/delimiter +";" +the first line says "sep=;"/],
    holds: { 'c01-semicolon': 'article,label,qty\nA1,Bolt,3\nA2,Nut,5\n' },
  },
  {
    run: 'import sep-comma.csv --into c01-comma',
    counts: { created: 2 },
    holds: { 'c01-comma': 'item,size,qty\nnut,3,1\nbolt,4,2\n' },
  },
  {
    run: 'import sep-tab.csv --into c01-tab',
    counts: { created: 2 },
    holds: { 'c01-tab': 'id,n\n1,x\n2,y\n' },
  },
  {
    run: 'import sep-quoted.csv --into c01-quoted',
    counts: { created: 1 },
    holds: { 'c01-quoted': 'article,label,qty\nA1,Bolt,3\n' },
  },
  { run: 'collections apply items.json' },
  { run: 'validate sep-semicolon.csv --into c01-known', counts: { created: 2 } },
  { run: "import sep-semicolon.csv --into c01-known --delimiter ';'", counts: { created: 2 } },
  { run: 'import sep-quoted.csv --into c01-known', counts: { unchanged: 1 } },
]);

const CLICKS = 'day,clicks,spend\n2024-01-01,10,1.50\n2024-01-02,20,2.75\n';
const THREE_CLICKS = `${CLICKS}2024-01-03,30,3.25\n`;

describeCase('02-preamble', [
  ...(
    [
      ['title-lines', THREE_CLICKS, 3],
      ['title-padded', THREE_CLICKS, 2],
      ['comments-top', CLICKS, 2],
    ] as const
  ).flatMap(([name, text, lines]): Row[] => [
    {
      run: `import ${name}.csv --into c02-${name}`,
      counts: { created: lines === 3 || name === 'title-padded' ? 3 : 2 },
      says: [new RegExp(`Guessed lines above the header: ${lines} .*; --skip-lines or --header-row sets it`)],
      holds: { [`c02-${name}`]: text },
    },
  ]),
  {
    run: 'import blank-lines-top.csv --into c02-blank',
    counts: { created: 2 },
    neverSays: [/lines above/],
    holds: { 'c02-blank': CLICKS },
  },
  { run: 'collections apply clicks.json' },
  {
    run: 'import title-lines.csv --into c02-known',
    counts: { created: 3 },
    says: [/line 4 has the names of 3 fields/],
  },
  { run: 'import title-padded.csv --into c02-known', counts: { unchanged: 3 } },
  {
    run: 'import title-lines.csv --into c02-known --header-row 4',
    counts: { unchanged: 3 },
    neverSays: [/Guessed/],
  },
  { run: 'import title-padded.csv --into c02-known --skip-lines 2', counts: { unchanged: 3 } },
  {
    run: "import comments-top.csv --into c02-known --comment '#'",
    counts: { unchanged: 2 },
    neverSays: [/Guessed/],
  },
  {
    run: 'import title-lines.csv --into c02-known --header-row 4 --skip-lines 2',
    exit: 64,
    says: [/headerRow and skipLines, which contradict each other/],
  },
]);

describeCase('04-trailing-delimiter', [
  {
    run: 'import both.csv --into c04-both',
    counts: { created: 2 },
    holds: { 'c04-both': 'p,q,r\n1,2,3\n4,5,6\n' },
  },
  {
    run: 'import excel-empty-columns.csv --into c04-excel',
    counts: { created: 2 },
    holds: { 'c04-excel': 'a,b,c\n1,2,3\n4,5,6\n' },
  },
  {
    run: 'import data-only.csv --into c04-data',
    exit: 1,
    says: [/On line 2, the record has more fields \(4\) than the header \(3\)/],
  },
  {
    run: 'import short-last.csv --into c04-short',
    exit: 2,
    counts: { created: 2, rejected: 1 },
    issues: ['line 3: record.ragged_short'],
  },
  { run: 'collections apply strict.json' },
  { run: 'import both-comma.csv --into c04-strict', counts: { created: 2 } },
  { run: 'collections apply lax.json' },
  { run: 'import both-comma.csv --into c04-lax', counts: { created: 2 }, neverSays: [/Ignored/] },
]);

describeCase('07-year-headers', [
  ...(
    [
      ['years', 3],
      ['months', 2],
      ['yesno', 2],
      ['sizes', 2],
      ['percent', 1],
      ['plus', 1],
      ['truefalse', 1],
      ['numbered-questions', 2],
      ['quarters', 2],
      ['strings', 2],
      ['all-text', 2],
      ['stations', 50],
    ] as const
  ).map(
    ([name, created]): Row => ({
      run: `import ${name}.csv --into c07-${name}`,
      counts: { created },
      says: [/hasHeader +true/],
    }),
  ),
  { run: 'collections apply pop.json' },
  { run: 'import years.csv --into c07-pop', counts: { created: 3 } },
  { run: 'validate own-export.csv --into c07-pop', counts: { unchanged: 3 } },
  { run: 'export c07-pop --out back.csv' },
  { run: 'import back.csv --into c07-pop', counts: { unchanged: 3 }, neverSays: [/Guessed/] },
  { run: 'import back.csv --into c07-pop --header', counts: { unchanged: 3 } },
]);

describeCase('08-repeated-header', [
  ...['dict', 'dict-strict', 'places'].map((name): Row => ({ run: `collections apply ${name}.json` })),
  { run: 'import dictionary.csv --into c08-dict', counts: { created: 3 }, neverSays: [/Guessed/] },
  { run: 'import own-export.csv --into c08-dict', counts: { unchanged: 3 } },
  { run: 'export c08-dict --out back.csv' },
  { run: 'import back.csv --into c08-dict', counts: { unchanged: 3 } },
  {
    run: 'import bad.csv --into c08-strict',
    exit: 2,
    counts: { created: 1, rejected: 1 },
    issues: ['line 2, translation: field.too_long'],
  },
  { run: 'import dictionary.csv --into c08-new', counts: { created: 3 }, says: [/Guessed header: yes/] },
  { run: 'import one.csv --into c08-places', counts: { created: 2 } },
  { run: 'import two.csv --into c08-places', counts: { created: 2 } },
  ...['concatenated', 'concatenated-bom'].flatMap((name): Row[] => [
    {
      run: `validate ${name}.csv --into c08-places`,
      counts: { unchanged: 4, skipped: 1 },
      issues: ['line 4: record.header_again'],
    },
    {
      run: `import ${name}.csv --into c08-places --header`,
      counts: { unchanged: 4, skipped: 1 },
      issues: ['line 4: record.header_again'],
      holds: {
        'c08-places': 'code,label,region\nA,Alpha,north\nB,Beta,south\nC,Gamma,north\nD,Delta,west\n',
      },
    },
  ]),
  { run: 'import concatenated.csv --into c08-joined', counts: { created: 4, skipped: 1 } },
]);

const CODE = 'code,label\n';

describeCase('12-encodings', [
  ...(
    [
      ['bom-quoted', `${CODE}A,x\n`],
      ['double-bom', `${CODE}A,x\n`],
      ['cp1252-smart', `${CODE}A,don’t “panic” – €5\nB,plain\n`],
      ['overlong', `${CODE}A,À¯\nB,ok\nC,í\u00A0€\n`],
      ['iso-8859-2', `${CODE}A,£ód¼\nB,Gdañsk\n`],
      ['utf16be-nobom', `${CODE}A,Größe\nB,naïve\n`],
      ['utf16le-nobom', `${CODE}A,Größe\nB,naïve\n`],
      ['utf16le-bom-crlf', `${CODE}A,Größe\nB,line\u2028sep\n`],
    ] as const
  ).map(
    ([name, text]): Row => ({
      run: `import ${name}.csv --into c12-${name}`,
      holds: { [`c12-${name}`]: text },
    }),
  ),
  { run: 'import gbk.csv --into c12-gbk', counts: { created: 2 }, says: [/Guessed encoding: windows-1252/] },
  // The header stands in it several times.
  { run: 'import utf16le-cjk-nobom.csv --into c12-cjk', counts: { created: 120, skipped: 39 } },
  ...(
    [
      ['cp1252-undefined', 1, 'line 2, label: record.bad_encoding'],
      ['nul', 1, 'line 2, label: field.nul_character'],
      ['sjis', 1, 'line 3, label: record.bad_encoding'],
      ['utf16le-surrogate', 2, 'line 3, label: record.bad_encoding'],
    ] as const
  ).map(
    ([name, created, issue]): Row => ({
      run: `import ${name}.csv --into c12-${name}`,
      exit: 2,
      counts: { created, rejected: 1 },
      issues: [issue],
    }),
  ),
  {
    run: 'import utf16le-odd.csv --into c12-odd',
    exit: 2,
    issues: ['line 4: record.ragged_short', 'line 4, code: record.bad_encoding'],
  },
  { run: 'collections apply k.json' },
  {
    run: 'import zwsp-header.csv --into c12-known',
    counts: { created: 1 },
    holds: { 'c12-known': `${CODE}A,x\n` },
  },
]);
