import { PEOPLE_COLUMNS, PEOPLE_FIELDS } from '../../test/support/generate.ts';
import { type Measure, timed } from '../measure.ts';
import { COPY_CLIENT, copyIn } from '../psql.ts';
import type { Stage } from '../stage.ts';

const UPDATES = PEOPLE_FIELDS.slice(1)
  .map((field) => `${field} = excluded.${field}`)
  .join(', ');

/** The same work without validation, resume or issues: a staged upsert. */
async function stagedUpsert(stage: Stage, table: string): Promise<number> {
  await stage.pool.query(`create unlogged table ${table}_stage (${PEOPLE_COLUMNS})`);
  try {
    return await timed(async () => {
      await copyIn(stage.databaseUrl, `${table}_stage`, stage.file);
      await stage.pool.query(
        `insert into ${table} select * from ${table}_stage on conflict (id) do update set ${UPDATES}`,
      );
    });
  } finally {
    await stage.pool.query(`drop table ${table}_stage`);
  }
}

const against = `${COPY_CLIENT} \\copy into an unlogged table, then insert … on conflict`;

/** Into an empty table: every record is created. */
export const importMeasure: Measure = {
  name: 'validated upsert import, empty table',
  against,
  aim: 0.9,
  unit: 'seconds',
  async round(stage, index) {
    const table = `ceiling_${index}`;
    await stage.pool.query(`create table ${table} (${PEOPLE_COLUMNS}, primary key (id))`);
    const ceiling = await stagedUpsert(stage, table);
    const name = `people_${index}`;
    const source = await stage.prepareCollection(name);
    const { seconds } = await stage.run('import', { collection: name, source, mode: 'upsert' });
    return { ours: seconds, ceiling };
  },
};

/** Into a full table: every record exists, and half of them differ. Needs what `importMeasure` left. */
export const updateMeasure: Measure = {
  name: 'validated upsert import, all exist, half changed',
  against,
  unit: 'seconds',
  async round(stage, index) {
    const change = 'set quantity = quantity + 1 where id % 2 = 0';
    await stage.pool.query(`update ceiling_0 ${change}`);
    await stage.pool.query(`update waybill_data.people_0 ${change}`);
    await stage.pool.query('vacuum analyze ceiling_0');
    await stage.pool.query('vacuum analyze waybill_data.people_0');
    const ceiling = await stagedUpsert(stage, 'ceiling_0');
    const source = await stage.prepareCollection('people_0');
    const { seconds } = await stage.run('import', {
      collection: 'people_0',
      source,
      mode: 'upsert',
      description: `round ${index}`,
    });
    return { ours: seconds, ceiling };
  },
};
