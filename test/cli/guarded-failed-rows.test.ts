/** A spreadsheet between an import and its correction: no formula in what it opens, and what comes back is what was sent. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CasePlace, openPlace } from '../cases/place.ts';

let folder: string;
let place: CasePlace;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-guarded-'));
  place = await openPlace(folder);
  await place.client.applyCollection('guarded', {
    name: 'guarded',
    key: ['id'],
    schema: {
      type: 'object',
      properties: { id: { type: 'string' }, note: { type: 'string' }, amount: { type: 'number' } },
      required: ['id'],
    },
  });
});
after(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const { output } = await place.run(args);
  return output;
}

test('failed rows and issues are guarded where that was asked for, and a correction takes it off again', async () => {
  await writeFile(
    join(folder, 'in.csv'),
    `id,note,amount\n=1,"@sum, ""x""",-5x\n'=2,+43 1,=1+1\nplain,-7,-5x\n`,
  );
  await run('import', 'in.csv', '--into', 'guarded', '--guard-formulas', '--allow-nothing-accepted');
  const job = await place.lastJob();
  const number = String(job.number);
  await run('failed', number, '--out', 'failed.csv');
  const failed = await readFile(join(folder, 'failed.csv'), 'utf8');
  const reason = 'amount: expected a number';
  assert.deepEqual(failed.trimEnd().split('\n'), [
    'waybill_job,waybill_record,waybill_issues,waybill_guarded,id,note,amount',
    `${number},1,${reason},"[""id"",""note"",""amount""]",'=1,"'@sum, ""x""",'-5x`,
    `${number},2,${reason},"[""id"",""note"",""amount""]",''=2,'+43 1,'=1+1`,
    `${number},3,${reason},"[""amount""]",plain,-7,'-5x`,
  ]);
  await run('download', number, 'issues.csv');
  const issues = await readFile(join(folder, 'issues.csv'), 'utf8');
  assert.match(issues, /,waybill_guarded\r\n/);
  assert.match(issues, /,'-5x,'=1,"\[""value"",""key""\]"\r\n/);

  // What a person does in a spreadsheet: the numbers, and nothing else.
  await writeFile(join(folder, 'failed.csv'), failed.replaceAll("'-5x", '-5').replace("'=1+1", '2'));
  await run('correct', number, 'failed.csv');
  const { rows } = await place.pool.query(
    'select id, note, amount::text from waybill_data.guarded order by amount, id',
  );
  assert.deepEqual(rows, [
    { id: '=1', note: '@sum, "x"', amount: '-5' },
    { id: 'plain', note: '-7', amount: '-5' },
    { id: "'=2", note: '+43 1', amount: '2' },
  ]);
});

test('without it they are as the source was', async () => {
  await run('import', 'in.csv', '--into', 'guarded', '--allow-nothing-accepted');
  await run('failed', String((await place.lastJob()).number), '--out', 'plain.csv');
  assert.match(await readFile(join(folder, 'plain.csv'), 'utf8'), /,=1,"@sum, ""x""",-5x\n/);
});
