/** Cases on which column is which field, and on columns that are none. */
import assert from 'node:assert/strict';
import { describeCase, type Row } from './case.ts';

describeCase('06-duplicate-headers', [
  ...['docs', 'stock', 'strict'].map((name): Row => ({ run: `collections apply ${name}.json` })),
  ...(
    [
      [
        'with-number.csv --into c06-stock',
        /"title" more than once \(columns 3 and 4\), and both lead to "title"/,
      ],
      ['with-number.csv --into c06-strict', /"title" more than once \(columns 3 and 4\)/],
      ['key-twice.csv --into c06-stock', /"id" more than once \(columns 1 and 3\), and both lead to "id"/],
      ['case.csv --into c06-stock', /"Title" and "title", and both lead to "title"/],
      ['same.csv --into c06-docs', /"title" more than once/],
      ['same.csv --into c06-docs --header', /"title" more than once/],
      ['alias.csv --into c06-docs', /"title" and "heading", and both lead to "title"/],
      ['two-aliases.csv --into c06-docs', /"heading" and "Heading", and both lead to "title"/],
      ['case.jsonl --into c06-docs', /"title", "Title" and "heading", and all lead to "title"/],
      ['mixed-case.jsonl --into c06-stock', /"id", "ID" and "Id", and all lead to "id"/],
    ] as const
  ).flatMap(([what, says]): Row[] => [
    { run: `import ${what}`, exit: 1, fails: 'job.field_mismatch', says: [says] },
    { run: `validate ${what}`, exit: 1, fails: 'job.field_mismatch', says: [says] },
  ]),
  {
    run: "import with-number.csv --into c06-stock --map 'title (2)=title'",
    counts: { created: 1 },
    holds: { 'c06-stock': 'id,qty,title\nd1,5,second\n' },
  },
  { run: 'import upper.jsonl --into c06-stock', counts: { created: 2 } },
  {
    run: 'import normal.csv --into c06-stock',
    counts: { unchanged: 1 },
    says: [/Ignored, since c06-stock has no such field: "title A" \(did you mean "title"\?\), "title_a"/],
  },
  { run: 'import numbered.csv --into c06-numbered', counts: { created: 1 }, says: [/k \(2\)/] },
  {
    run: 'import addresses.csv --into c06-addresses',
    counts: { created: 200 },
    says: [/street \(2\)/, /Guessed header: yes/],
  },
  {
    run: 'import addresses-with-number.csv --into c06-numbers',
    counts: { created: 200 },
    says: [/city \(2\)/],
  },
]);

describeCase('33-normal-forms', [
  ...['k', 'h', 'both'].map((name): Row => ({ run: `collections apply ${name}.json` })),
  // Values are compared letter by letter.
  { run: 'import keys.csv --into c33-k', counts: { created: 2 } },
  { run: 'import header-nfd.csv --into c33-h', counts: { created: 1 }, neverSays: [/Ignored/] },
  {
    run: 'import header-case.csv --into c33-h',
    counts: { unchanged: 1 },
    says: [/Ignored, since c33-h has no such field: "STRASSE"/],
  },
  // Two fields that only their encoding tells apart are found by it.
  {
    run: 'import header-nfd.csv --into c33-both',
    exit: 1,
    says: [/no field for "n\u00E9m"/, /ne<U\+0301>m/],
  },
]);

describeCase('42-ignored-columns', [
  { run: 'collections apply p.json' },
  {
    run: 'validate typo.csv --into c42-p',
    counts: { created: 2 },
    says: [/Warning: would be ignored, since c42-p has no such field: "prise" \(did you mean "price"\?\)/],
  },
  {
    run: 'import typo.csv --into c42-p',
    counts: { created: 2 },
    says: [/Ignored, since c42-p has no such field: "prise" \(did you mean "price"\?\)/],
  },
  {
    title: 'the job says which fields were ignored',
    async check(place) {
      const { parts } = await place.lastJob();
      assert.deepEqual(parts[0]?.ignored, { count: 1, fields: [{ name: 'prise', closest: 'price' }] });
    },
  },
  {
    run: 'import typo.jsonl --into c42-p',
    exit: 1,
    fails: 'job.field_mismatch',
    says: [/"PRICE" and "price", and both lead to "price"/],
  },
]);
