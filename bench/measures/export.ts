import { join } from 'node:path';
import { type Measure, timed } from '../measure.ts';
import { COPY_CLIENT, copyOut } from '../psql.ts';

/** CSV of all records in the order of the key, with SHA-256 and manifest. Needs what the import left. */
export const exportMeasure: Measure = {
  name: 'CSV export, ordered by key',
  against: `${COPY_CLIENT} \\copy (select … order by id) to`,
  aim: 0.85,
  unit: 'seconds',
  async round(stage) {
    const query = 'select * from waybill_data.people_0 order by id';
    const ceiling = await timed(() => copyOut(stage.databaseUrl, query, join(stage.folder, 'ceiling.csv')));
    const { seconds } = await stage.run('export', { collection: 'people_0', format: 'csv' });
    return { ours: seconds, ceiling };
  },
};
