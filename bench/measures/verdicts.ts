import { DuckDBInstance } from '@duckdb/node-api';
import { type Measure, timed } from '../measure.ts';

/** Rules and duplicates of a whole file, nothing written. */
export const verdictsMeasure: Measure = {
  name: 'validation, verdicts alone',
  against: 'DuckDB read_csv with typed columns and rejects',
  aim: 0.25,
  unit: 'seconds',
  async round(stage, index) {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const columns = `{'id':'BIGINT','code':'VARCHAR','first_name':'VARCHAR','last_name':'VARCHAR','email':'VARCHAR','street':'VARCHAR',
      'city':'VARCHAR','zip_code':'VARCHAR','amount':'DECIMAL(18,2)','quantity':'BIGINT','joined':'DATE','note':'VARCHAR'}`;
    const ceiling = await timed(() =>
      connection.run(
        `create table people as select * from read_csv('${stage.file}', header = true, columns = ${columns}, store_rejects = true)`,
      ),
    );
    connection.closeSync();
    instance.closeSync();
    const name = `judged_${index}`;
    const source = await stage.prepareCollection(name);
    const { seconds } = await stage.run('validation', { collection: name, source, effects: false });
    return { ours: seconds, ceiling };
  },
};
