import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isAppError } from '../../../src/core/errors.ts';
import { type SniffOverrides, sniffSource } from '../../../src/formats/sniff/sniff-source.ts';
import { temporaryFolder } from './temporary-folder.ts';

const DATA = new URL('../../../node_modules/vega-datasets/data/', import.meta.url).pathname;

const CASES: readonly [
  name: string,
  bytes: string | Buffer,
  expected: Record<string, unknown>,
  overrides?: SniffOverrides,
][] = [
  [
    'commas and a header',
    'id,name\n1,x\n2,y\n',
    { delimiter: ',', hasHeader: true, lineEnd: '\n', quote: '"', escape: '"' },
  ],
  [
    'semicolons with decimal commas',
    'a;b;c\r\n1,5;2,5;3\r\n4,5;1,0;2\r\n',
    { delimiter: ';', hasHeader: true, lineEnd: '\r\n' },
  ],
  ['tabs', 'a\tb\n1,2\t3\n', { delimiter: '\t' }],
  ['pipes', 'a|b\rx, y|z\r', { delimiter: '|', lineEnd: '\r' }],
  ['delimiters inside quotes', 'id,note\n1,"a;b;c"\n2,"d;e;f"\n', { delimiter: ',' }],
  ['line breaks inside quotes', 'id;note\n1;"a,\nb,c"\n2;"d,\n,e"\n', { delimiter: ';', hasHeader: true }],
  ['apostrophes as quotes', "'id','note'\n'1','a,b'\n'2','c'\n", { delimiter: ',', quote: "'" }],
  ['escapes by backslash', 'id,note\n1,"a \\"b\\", c"\n2,"\\"d\\""\n', { escape: '\\' }],
  ['no header', '1,2024-01-01\n2,2024-01-02\n', { hasHeader: false }],
  [
    'a header above a column without name',
    'name,born,\nAnn,1980-01-02,x\nBo,1990-01-02,y\n',
    { hasHeader: true },
  ],
  ['no header in a first row with a gap', 'Ann,,Wien\nBo,x,Graz\n', { hasHeader: false }],
  ['a header alone', 'id,name\n', { hasHeader: true }],
  ['one column', 'name\nAnna\nBernd\n', { delimiter: ',', hasHeader: true }],
  ['a header in brackets', '[id],[name]\n1,x\n', { format: 'csv', delimiter: ',' }],
  ['a byte order mark', '\uFEFFid,name\n1,é\n', { encoding: 'utf-8', hasBom: true }],
  [
    'UTF-16 with a byte order mark',
    Buffer.from('\uFEFFid,name\n1,é\n', 'utf16le'),
    { encoding: 'utf-16le', hasBom: true, delimiter: ',' },
  ],
  [
    'UTF-16 without one',
    Buffer.from('id,name\n1,日本\n', 'utf16le').swap16(),
    { encoding: 'utf-16be', hasBom: false },
  ],
  [
    'windows-1252',
    Buffer.from('id;Straße\n1;Müller\n', 'latin1'),
    { encoding: 'windows-1252', delimiter: ';' },
  ],
  [
    'UTF-8 with one broken byte',
    Buffer.concat([Buffer.from('id,ü,ö\n1,ä,é\n'), Buffer.of(0x32, 0x2c, 0xe4, 0x0a)]),
    { encoding: 'utf-8' },
  ],
  ['gzip', gzipSync('id,name\n1,x\n'), { compression: 'gzip', delimiter: ',' }],
  ['zstd', zstdCompressSync(Buffer.from('{"a":1}\n')), { compression: 'zstd', format: 'jsonl' }],
  ['JSON Lines', '{"a":1}\n{"a":2}\n', { format: 'jsonl' }],
  ['JSON Lines with a broken first line', '{"a":1,}\n{"a":2}\n', { format: 'jsonl' }],
  ['a JSON array', ' [\n{"a":1}]', { format: 'json' }],
  ['an empty JSON array', '[]', { format: 'json' }],
  [
    'what the user says',
    'a;b\n1;2\n',
    { format: 'csv', delimiter: ',', hasHeader: false, encoding: 'windows-1252' },
    { delimiter: ',', hasHeader: false, encoding: 'windows-1252' },
  ],
];

describe('sniffing', () => {
  for (const [name, bytes, expected, overrides] of CASES) {
    it(`finds ${name}`, async (test) => {
      const path = join(await temporaryFolder(test), 'source');
      await writeFile(path, bytes);
      const { dialect, evidence } = await sniffSource(path, overrides);
      assert.deepEqual({ ...dialect, ...expected }, dialect);
      for (const text of Object.values(evidence)) assert.match(text, /\w/);
    });
  }

  const files: Record<string, Record<string, unknown>> = {
    'zipcodes.csv': { format: 'csv', delimiter: ',', hasHeader: true },
    'species.csv': { format: 'csv', delimiter: ',', hasHeader: true },
    'birdstrikes.csv': { format: 'csv', delimiter: ',', hasHeader: true, lineEnd: '\r\n' },
    'unemployment.tsv': { format: 'csv', delimiter: '\t', hasHeader: true },
    'movies.json': { format: 'json', encoding: 'utf-8' },
    'flights-200k.json': { format: 'json' },
  };
  for (const [file, expected] of Object.entries(files)) {
    it(`reads ${file} right`, async () => {
      const { dialect, guesses } = await sniffSource(join(DATA, file));
      assert.deepEqual({ ...dialect, ...expected }, dialect);
      assert.deepEqual(guesses, []);
    });
  }

  it('does not call a file of several columns one of one column, however ragged', async (test) => {
    const path = join(await temporaryFolder(test), 'source');
    await writeFile(path, 'id,a,b\n1,2\n2,3,4,5\n3,4,5\n4\n5\n6,1\n');
    const { evidence } = await sniffSource(path);
    assert.match(evidence['delimiter'] ?? '', /^with ",", 28 % of 7 records have 3 fields$/);
  });

  const open: readonly [name: string, bytes: string | Buffer, guessed: readonly string[]][] = [
    ['nothing of a plain file', 'id,name\n1,x\n2,y\n', []],
    ['nothing of JSON', '{"a":1}\n', []],
    ['nothing where a column has no delimiter', 'n\n1\n2\n', []],
    [
      'an encoding that is none of the provable ones',
      Buffer.from('id;s\n1;Müller\n', 'latin1'),
      ['encoding'],
    ],
    ['a delimiter beside another that fits as well', 'id,a;b\n1,2;3\n4,5;6\n', ['delimiter']],
    ['that fields stand in apostrophes', "n,'id','note'\n1,'1','a'\n2,'2','c'\n", ['quote']],
    ['a delimiter of ragged records', 'id,n\n1,x\n2\n3\n4,y\n5,z\n', ['delimiter']],
    ['a header of texts over texts', 'name,city\nAnn,Wien\n', ['header']],
    ['a header above a column that is empty', 'name,city,\nAnn,Wien,\nBo,Graz,\n', ['header']],
    ['no header where the first row has a gap', 'Ann,,Wien\nBo,x,Graz\n', ['header']],
    ['no header where the first row occurs again', 'Ann,Wien\nBo,Graz\nAnn,Linz\n', ['header']],
  ];
  for (const [name, bytes, guessed] of open) {
    it(`says that it has guessed ${name}`, async (test) => {
      const path = join(await temporaryFolder(test), 'source');
      await writeFile(path, bytes);
      const { guesses } = await sniffSource(path);
      assert.deepEqual(
        guesses.map(({ what }) => what),
        guessed,
      );
      const said = { encoding: 'windows-1252', delimiter: ',', quote: '"', hasHeader: true } as const;
      assert.deepEqual((await sniffSource(path, said)).guesses, []);
    });
  }

  const refused: readonly [name: string, bytes: string | Buffer, code: Parameters<typeof isAppError>[1]][] = [
    ['an empty file', '', 'source.empty'],
    ['white space alone', '\uFEFF \n\n', 'source.empty'],
    ['gzip of nothing', gzipSync(''), 'source.empty'],
    [
      'a ZIP archive that ends at its start',
      Buffer.from('504b030414000000080000', 'hex'),
      'source.unreadable',
    ],
    [
      'random bytes',
      Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 7919 + i * 31) % 256)),
      'source.binary',
    ],
    ['one JSON object over several lines', '{\n  "features": [\n    {"a": 1}\n  ]\n}\n', 'format.unknown'],
    ['gzip that ends at its start', gzipSync('id,name\n').subarray(0, 8), 'format.truncated'],
  ];
  for (const [name, bytes, code] of refused) {
    it(`refuses ${name}`, async (test) => {
      const path = join(await temporaryFolder(test), 'source');
      await writeFile(path, bytes);
      await assert.rejects(sniffSource(path), (error) => isAppError(error, code));
    });
  }

  it('refuses pictures, Parquet, Arrow and folders with what they are', async () => {
    for (const [file, text] of [
      ['7zip.png', /PNG/],
      ['flights-200k.arrow', /Arrow/],
      ['flights-3m.parquet', /Parquet/],
    ] as const) {
      await assert.rejects(
        sniffSource(join(DATA, file)),
        (error) => isAppError(error, 'source.binary') && text.test(error.message),
      );
    }
    await assert.rejects(sniffSource(DATA), (error) => isAppError(error, 'source.is_directory'));
    await assert.rejects(sniffSource(join(DATA, 'no.csv')), (error) => isAppError(error, 'source.not_found'));
  });
});
