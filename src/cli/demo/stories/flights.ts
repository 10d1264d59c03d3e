import { findDifference, jsonLines } from '../compare-records.ts';
import { type Demo, fetchResults, run, send } from '../steps.ts';

const FIELDS = ['delay', 'distance', 'time'];

const FLIGHTS = {
  title: 'Delays of flights',
  schema: {
    type: 'object',
    properties: {
      delay: { type: 'integer' },
      distance: { type: 'integer', minimum: 0 },
      time: { type: 'number', minimum: 0, exclusiveMaximum: 24 },
    },
    required: FIELDS,
  },
};

/** The large one. */
export async function tellFlights(demo: Demo): Promise<void> {
  const { stage, screen } = demo;
  screen.title('flights-200k.json', 'one JSON array of 200,000 records, without a key');
  const { bytes, uploadId } = await send(demo, 'flights-200k.json');
  await stage.client.applyCollection('flights', FLIGHTS);
  await run(demo, 'import', 'import', { collection: 'flights', source: { upload: uploadId } });
  const exported = await run(demo, 'export', 'export', { collection: 'flights', format: 'json' });
  const [result] = await fetchResults(demo, exported);
  const lines = (json: Buffer) => jsonLines(JSON.parse(json.toString()) as Record<string, unknown>[], FIELDS);
  screen.check(
    'what came out is what went in, record by record',
    findDifference(lines(bytes), lines(result ?? Buffer.from('[]'))),
  );
}
