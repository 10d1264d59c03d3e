import { Readable } from 'node:stream';
import type { Client } from '../../src/sdk/client.ts';
import type { History } from '../../test/support/history.ts';

/** What the templates are about: twelve fields, as in people's files. */
const COLLECTION = 'people_of_templates';
const FIELDS = [
  'code',
  'first_name',
  'last_name',
  'email',
  'street',
  'city',
  'zip_code',
  'country',
  'phone',
  'note',
];

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    amount: { type: 'number' },
    ...Object.fromEntries(FIELDS.map((name) => [name, { type: 'string' }])),
  },
  required: ['id', 'last_name'],
};

const ROWS = 50;

/** @param badRows so many of the first ones have no id */
function peopleCsv(badRows: number): string {
  const rows = Array.from({ length: ROWS }, (_, index) => [
    index < badRows ? 'none' : String(index),
    '1.5',
    ...FIELDS.map((name) => `${name} ${index}`),
  ]);
  return [['id', 'amount', ...FIELDS], ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}

/** Runs one job of each sort to its end, to be copied: most imports have no issues, some have, some fail. */
export async function runTemplates(client: Client): Promise<History['templates']> {
  await client.applyCollection(COLLECTION, { name: COLLECTION, key: ['id'], schema: SCHEMA });
  const run = async (kind: 'import' | 'validation' | 'export', badRows?: number) => {
    const upload =
      badRows === undefined
        ? undefined
        : await client.upload(Readable.from([peopleCsv(badRows)]), 'people.csv');
    const source = upload && { source: { upload: upload.id } };
    const { id } = await client.startJob(kind, { collection: COLLECTION, labels: ['template'], ...source });
    await client.waitForJob(id);
    return id;
  };
  const good = await run('import', 0);
  return [
    { jobId: good, share: 75 },
    { jobId: await run('import', 5), share: 10 },
    { jobId: await run('import', ROWS), share: 5 },
    { jobId: await run('validation', 0), share: 5 },
    { jobId: await run('export'), share: 5 },
  ];
}
