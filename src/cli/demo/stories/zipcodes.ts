import { renderCount } from '../../render/numbers.ts';
import { csvLines, findDifference } from '../compare-records.ts';
import { type Demo, fetchResults, run, send } from '../steps.ts';

/** A clean file, and a collection that is inferred from it: the short way. */
export async function tellZipcodes(demo: Demo): Promise<void> {
  const { stage, screen } = demo;
  screen.title('zipcodes.csv', 'postal codes; the collection is inferred from the file');
  const { bytes, uploadId } = await send(demo, 'zipcodes.csv');
  const { inferred } = await stage.client.inspect(uploadId, { name: 'zipcodes' });
  if (inferred === undefined) throw new Error('nothing was inferred from zipcodes.csv');
  await stage.client.applyCollection('zipcodes', inferred.definition);
  const zipCode = inferred.fields.find((field) => field.name === 'zip_code');
  screen.step('infer', `zip_code is ${zipCode?.type}, because ${zipCode?.reason}; it is the key`);

  const validation = await run(demo, 'validate', 'validation', {
    collection: 'zipcodes',
    source: { upload: uploadId },
  });
  const imported = await run(demo, 'import', 'import', { source: { job: validation.id } });
  const exported = await run(demo, 'export', 'export', { collection: 'zipcodes', format: 'csv' });

  const wentIn = csvLines(bytes.toString());
  const cameOut = csvLines(Buffer.concat(await fetchResults(demo, exported)).toString());
  const promised = validation.outcomes.created;
  screen.check(
    'the import did what the validation had said',
    promised === imported.outcomes.created
      ? undefined
      : `${promised} said, ${imported.outcomes.created} done`,
  );
  const zeros = cameOut.filter((line) => line.startsWith('{"zip_code":"0')).length;
  screen.check(
    `what came out is what went in: ${renderCount(cameOut.length)} records, ${renderCount(zeros)} of them with a leading zero`,
    findDifference(wentIn, cameOut),
  );
}
