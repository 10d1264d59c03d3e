import { gunzipSync } from 'node:zlib';
import { csvLines, findDifference } from '../compare-records.ts';
import { type Demo, fetchResults, run, send } from '../steps.ts';

const SPECIES = {
  title: 'Habitat of four species by county',
  key: ['gap_species_code', 'county_id'],
  schema: {
    type: 'object',
    properties: {
      item_id: { type: 'string', pattern: '^[0-9a-f]{24}$' },
      common_name: { type: 'string' },
      scientific_name: { type: 'string' },
      gap_species_code: { type: 'string', minLength: 6, maxLength: 6 },
      county_id: { type: 'string', pattern: '^[0-9]{5}$' },
      habitat_yearround_pct: { type: 'number', minimum: 0, maximum: 1 },
    },
    required: ['gap_species_code', 'county_id'],
  },
};

/** The same file twice, then out again in compressed pieces. */
export async function tellSpecies(demo: Demo): Promise<void> {
  const { stage, screen } = demo;
  screen.title(
    'species.csv',
    'a key of two fields, the same file twice, out in gzip pieces of 5,000 records',
  );
  const { bytes, uploadId } = await send(demo, 'species.csv');
  await stage.client.applyCollection('species', SPECIES);
  const source = { upload: uploadId };
  const first = await run(demo, 'import', 'import', { collection: 'species', source });
  const second = await run(demo, 'again', 'import', { collection: 'species', source });
  const exported = await run(demo, 'export', 'export', {
    collection: 'species',
    compression: 'gzip',
    splitRecords: 5000,
  });
  const pieces = await fetchResults(demo, exported);
  const { unchanged } = second.outcomes;
  screen.check(
    'the second import found every record as it was, and wrote none',
    unchanged === first.outcomes.created
      ? undefined
      : `${unchanged} of ${first.outcomes.created} were unchanged`,
  );
  screen.check(
    `what came out in ${pieces.length} files is what went in`,
    findDifference(
      csvLines(bytes.toString()),
      pieces.flatMap((piece) => csvLines(gunzipSync(piece).toString())),
    ),
  );
}
