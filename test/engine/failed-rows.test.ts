/** Rejected records come back in the source's own form; repaired, the same file is accepted as it is. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { inspectUpload } from '../../src/actions/inspection/inspect-upload.ts';
import { readTimeline } from '../../src/store/jobs/find-jobs.ts';
import type { Definition, Engine } from './harness.ts';
import { countsOf, createEngine, rowsOf } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

test('movies.json into an inferred collection: rejected, repaired, accepted', async () => {
  const bytes = await readFile(new URL('../../node_modules/vega-datasets/data/movies.json', import.meta.url));
  const source = { upload: await engine.upload(bytes, 'movies.json') };
  const inspected = await inspectUpload(TOKEN_HOLDER, engine.actions, source.upload, { name: 'movies' });
  const { inferred } = inspected as { inferred: { definition: Definition } };
  await engine.apply(inferred.definition);
  const { job, issues } = await engine.import({ collection: 'movies', source });

  const movies = JSON.parse(bytes.toString()) as Record<string, unknown>[];
  const rejected = [...new Set(issues.map((issue) => issue.record))];
  assert.ok(rejected.length > 0, 'the file is known to be messy');
  for (const issue of issues) {
    const movie = movies[issue.record - 1];
    assert.ok(issue.field !== undefined && issue.code.startsWith('field.'));
    assert.equal(issue.value, String(movie?.[issue.field]));
    const raw = bytes.subarray(issue.byteOffset, issue.byteOffset + issue.byteLength).toString();
    assert.deepEqual(JSON.parse(raw.trim().replace(/^,|,$/g, '')), movie);
    assert.equal(issue.line, bytes.subarray(0, issue.byteOffset).toString().split('\n').length);
  }
  assert.deepEqual(countsOf(job), { created: movies.length - rejected.length, rejected: rejected.length });

  const failed = JSON.parse((await engine.artifact(job, 'failed.json')).toString()) as Record<
    string,
    unknown
  >[];
  assert.deepEqual(
    failed.map((movie) => movie['waybill_record']),
    rejected,
  );
  const fields = [...new Set(issues.map((issue) => issue.field ?? ''))];
  for (const movie of failed) {
    for (const field of fields) if (typeof movie[field] === 'number') movie[field] = `${movie[field]}`;
  }
  const correction = await engine.correct(job, await engine.upload(JSON.stringify(failed)));
  assert.deepEqual(correction.issues, []);
  assert.deepEqual([correction.job.state, correction.job.parentId], ['succeeded', job.id]);
  assert.deepEqual(countsOf(correction.job), { created: rejected.length });
});

describe('failed rows of a CSV file', () => {
  const forms: readonly [name: string, encode: (text: string) => Buffer, header: string, rows: string[]][] = [
    [
      'UTF-8 with commas',
      (text) => Buffer.from(text),
      'name,id,note',
      ['ä,1,"x, y"', '"b ""q""",no,', 'é,no,"two\nlines"'],
    ],
    [
      'UTF-8 with a BOM and CRLF',
      (text) => Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`),
      'name;id;note',
      ['ä;1;x', 'ö;no;"a;b"'],
    ],
    [
      'windows-1252 with tabs',
      (text) => Buffer.from(text, 'latin1'),
      'name\tid\tnote',
      ['ä\t1\tx', 'straße\tno\ty', 'ñ\tno\t'],
    ],
    [
      'UTF-16 with semicolons',
      (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
      'name;id;note',
      ['ä;1;x', '😀;no;y'],
    ],
    [
      'a last record without a line end',
      (text) => Buffer.from(text.trimEnd()),
      'name,id,note',
      ['a,1,x', 'ü,no,y'],
    ],
  ];
  for (const [name, encode, header, rows] of forms) {
    test(`keep the form of the source: ${name}`, async () => {
      await prepareThings();
      const isWide = name.startsWith('UTF-16');
      const encoding = isWide
        ? ('utf-16le' as const)
        : name.startsWith('windows')
          ? ('windows-1252' as const)
          : ('utf-8' as const);
      const upload = await engine.upload(encode(`${[header, ...rows].join('\n')}\n`));
      const { job } = await engine.import({
        collection: 'things',
        source: { upload },
        dialect: { encoding },
      });
      const bad = rows.filter((row) => /\Wno\W/.test(row));
      assert.deepEqual(countsOf(job), { created: rows.length - bad.length, rejected: bad.length });

      const file = await engine.artifact(job, 'failed.csv');
      const text = decode(file, encoding);
      assert.equal(text.startsWith('\ufeff'), isWide || name.includes('BOM'));
      const [delimiter = ','] = /[,;\t]/.exec(header) ?? [];
      const lineEnd = name.includes('CRLF') ? '\r\n' : '\n';
      const lines = text.replace('\ufeff', '').split(lineEnd);
      assert.equal(lines[0], ['waybill_job', 'waybill_record', 'waybill_issues', header].join(delimiter));
      for (const row of bad) {
        const own = `${job.number}${delimiter}${rows.indexOf(row) + 1}${delimiter}id: expected a whole number${delimiter}`;
        assert.ok(text.includes(`${own}${row.replaceAll('\n', lineEnd)}${lineEnd}`), text);
      }

      let id = 10;
      const repaired = text
        .replace('\ufeff', '')
        .replaceAll(/([,;\t])no([,;\t])/g, (_, left, right) => `${left}${(id += 1)}${right}`);
      const again = Buffer.from(
        isWide || name.includes('BOM') ? `\ufeff${repaired}` : repaired,
        isWide ? 'utf16le' : encoding === 'utf-8' ? 'utf8' : 'latin1',
      );
      const correction = await engine.correct(job, await engine.upload(again));
      assert.deepEqual(correction.issues, []);
      assert.deepEqual(countsOf(correction.job), { created: bad.length });
      const names = (await rowsOf(engine, 'things')).map((row) => (row as { name: string }).name);
      const wanted = rows.map((row) =>
        row.split(delimiter)[0]?.replaceAll(/^"|"$/g, '').replaceAll('""', '"'),
      );
      assert.deepEqual(new Set(names), new Set(wanted));
    });
  }

  test('come back ragged as they were, and unreadable records go into a file of their own, byte for byte', async () => {
    await prepareThings();
    const broken = Buffer.concat([Buffer.from('c,3,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n')]);
    const file = Buffer.concat([
      Buffer.from('name,id,note\na,1,x\nshort,2\nlong,2,x,y,z\n'),
      broken,
      Buffer.from('d,4,"closed"open\ne,5,last\n'),
    ]);
    const { job, issues } = await engine.import({
      collection: 'things',
      source: { upload: await engine.upload(file) },
      dialect: { encoding: 'utf-8' },
    });
    assert.deepEqual(countsOf(job), { created: 2, rejected: 4 });
    assert.deepEqual(
      issues.map(({ record, code }) => [record, code]),
      [
        [2, 'record.ragged_short'],
        [3, 'record.ragged_long'],
        [4, 'record.bad_encoding'],
        [5, 'record.stray_quote'],
      ],
    );
    const failed = (await engine.artifact(job, 'failed.csv')).toString().split('\n');
    assert.match(failed[1] ?? '', /,2,.*,short,2$/);
    assert.match(failed[2] ?? '', /,3,.*,long,2,x,y,z$/);
    assert.deepEqual(
      await engine.artifact(job, 'unreadable.bin'),
      Buffer.concat([broken, Buffer.from('d,4,"closed"open\n')]),
    );
  });
});

async function prepareThings(): Promise<void> {
  await engine.database.pool.query(
    'drop table if exists things; create table things (id bigint primary key, name text, note text)',
  );
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, id: { type: 'integer' }, note: { type: ['string', 'null'] } },
    },
  });
}

function decode(bytes: Buffer, encoding: 'utf-8' | 'utf-16le' | 'windows-1252'): string {
  return bytes.toString(encoding === 'utf-8' ? 'utf8' : encoding === 'utf-16le' ? 'utf16le' : 'latin1');
}

test('a column that is called like one of those in front, in a file that is no correction, is named as ignored', async () => {
  const properties = { id: { type: 'integer' } };
  await engine.apply({ name: 'plain', key: ['id'], schema: { type: 'object', properties } });
  for (const [file, ignored] of [
    ['id,waybill_job\n1,night shift\n', ['waybill_job']],
    ['{"id": 1, "waybill_job": "night shift"}\n', ['waybill_job']],
    ['waybill_job,waybill_record,waybill_issues,id\n1,1,none,1\n', undefined],
  ] as const) {
    const { job } = await engine.import({
      collection: 'plain',
      source: { upload: await engine.upload(file) },
    });
    const noted = (await readTimeline(engine.database.pool, job.id)).find(
      ({ event }) => event === 'fields_ignored',
    );
    assert.deepEqual(noted?.detail?.['fields'], ignored, file);
  }
});
