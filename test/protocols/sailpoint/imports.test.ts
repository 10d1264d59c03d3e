import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, documentOf, form, type ObjectOf, postImport } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { sailpoint: BINDING } });
});
after(() => server.close());

const SOURCE = {
  type: 'SOURCE',
  id: 's1',
  name: 'HR',
  object: { id: 's1', name: 'HR', connector: 'delimited-file', threshold: 3 },
};
const OTHER = { ...SOURCE, id: 's2', name: 'AD', object: { connector: 'active-directory' } };
const BROKEN = { ...SOURCE, id: 's3', name: 'No such', object: { connector: 'telepathy' } };
const TRANSFORM = { type: 'TRANSFORM', id: 't1', name: 'Upper', object: { title: 'Upper case' } };

interface Results {
  readonly results: Readonly<
    Record<string, Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>
  >;
  readonly exportJobId?: string;
}

/** Runs everything that waits, the oldest first: the backup before its import. */
async function runAll(): Promise<Job[]> {
  const waiting = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 10 });
  const ended: Job[] = [];
  for (const job of waiting.toReversed()) ended.push(await server.engine.attempt(job));
  return ended;
}

async function resultsOf(id: string): Promise<Results> {
  const answer = await server.call('GET', `/beta/sp-config/import/${id}/download`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<Results>();
}

async function importOf(objects: Parameters<typeof documentOf>[0], options: object = {}): Promise<Results> {
  const started = await postImport(server, documentOf(objects), { excludeBackup: true, ...options });
  assert.equal(started.statusCode, 202, started.body);
  await runAll();
  return resultsOf(started.json<{ jobId: string }>().jobId);
}

const NOTHING = { infos: [], warnings: [], errors: [] };
const selfOf = ({ type, id, name }: ObjectOf) => ({ type, id, name });

test('objects of several types are imported as one job, and the results say what became of each', async () => {
  const { results } = await importOf([SOURCE, TRANSFORM, BROKEN, OTHER]);
  const { errors = [], ...source } = results['SOURCE'] ?? {};
  assert.deepEqual(source, { infos: [], warnings: [], importedObjects: [selfOf(SOURCE), selfOf(OTHER)] });
  assert.deepEqual(errors, [
    {
      key: 'FIELD_NOT_ALLOWED',
      text: '[s3, No such] connector: expected one of active-directory, delimited-file',
      details: {
        object: { type: 'SOURCE', id: 's3', name: 'No such' },
        issue: { record: 2, field: 'connector', value: 'telepathy' },
      },
    },
  ]);
  assert.deepEqual(results['TRANSFORM'], {
    ...NOTHING,
    importedObjects: [{ type: 'TRANSFORM', id: 't1', name: 'Upper case' }],
  });
  const rows = await server.engine.export({ collection: 'sources' });
  assert.equal(rows.job.parts[0]?.total, 2);
});

test('a preview lists what would be imported, and neither imports nor backs up', async () => {
  const before = await server.engine.export({ collection: 'roles' });
  const fresh = { type: 'TRANSFORM', id: 'new', name: 'New', object: {} };
  const started = await postImport(
    server,
    documentOf([fresh, BROKEN]),
    {},
    '/beta/sp-config/import?preview=true',
  );
  assert.equal(started.statusCode, 202, started.body);
  const ran = await runAll();
  assert.deepEqual(
    ran.map(({ kind }) => kind),
    ['validation'],
  );
  assert.ok(ran[0] !== undefined && ran[0].number === before.job.number + 1, 'there is no backup');
  const { results, exportJobId } = await resultsOf(started.json<{ jobId: string }>().jobId);
  assert.equal(exportJobId, undefined);
  assert.deepEqual(results['TRANSFORM'], {
    ...NOTHING,
    infos: [{ key: 'IMPORT_PREVIEW', text: 'Object to be imported: [new, New]', details: {} }],
    importedObjects: [],
  });
  assert.deepEqual(results['SOURCE']?.['infos'], []);
  assert.equal(results['SOURCE']?.['errors']?.length, 1);
});

test('a backup of every type is exported before an import, which names it and waits for it', async () => {
  const started = await postImport(server, documentOf([{ ...TRANSFORM, object: { title: 'Changed' } }]));
  const { jobId } = started.json<{ jobId: string }>();
  const ran = await runAll();
  assert.deepEqual(
    ran.map(({ kind, state }) => [kind, state]),
    [
      ['export', 'succeeded'],
      ['import', 'succeeded'],
    ],
  );
  const { exportJobId } = await resultsOf(jobId);
  const backup = await server.call('GET', `/beta/sp-config/export/${exportJobId}/download`);
  const { objects } = backup.json<{ objects: { self: { type: string; name: string } }[] }>();
  assert.deepEqual([...new Set(objects.map(({ self }) => self.type))], ['SOURCE', 'TRANSFORM']);
  assert.ok(
    objects.some(({ self }) => self.name === 'Upper case'),
    'it has what there was before',
  );
});

test('an import whose objects are all refused has failed, and its results say why', async () => {
  const { results } = await importOf([BROKEN]);
  const keys = (results['SOURCE']?.['errors'] ?? []).map(({ key }) => key);
  assert.deepEqual(keys, ['IMPORT_FAILED', 'FIELD_NOT_ALLOWED']);
  assert.deepEqual(results['SOURCE']?.['importedObjects'], []);
});

test('each option changes what is imported', async () => {
  const objects = [SOURCE, OTHER, TRANSFORM];
  const imported = async (options: object) => {
    const { results } = await importOf(objects, options);
    return Object.values(results).flatMap(({ importedObjects = [] }) => importedObjects.map(({ id }) => id));
  };
  assert.deepEqual(await imported({}), ['s1', 's2', 't1']);
  assert.deepEqual(await imported({ includeTypes: ['TRANSFORM'] }), ['t1']);
  assert.deepEqual(await imported({ excludeTypes: ['TRANSFORM'] }), ['s1', 's2']);
  assert.deepEqual(await imported({ objectOptions: { SOURCE: { includedIds: ['s2'] } } }), ['s2', 't1']);
  assert.deepEqual(await imported({ objectOptions: { SOURCE: { includedNames: ['HR'] } } }), ['s1', 't1']);
  // Without effect, as objects in 2022 and as texts since then.
  for (const defaultReferences of [[{ type: 'SOURCE', id: 's9', name: 'New' }], ['SOURCE']]) {
    assert.deepEqual(await imported({ defaultReferences }), ['s1', 's2', 't1']);
  }
});

test('data and options come as files or as fields, in any order', async () => {
  const data = { name: 'data', text: documentOf([SOURCE, TRANSFORM]) };
  const options = { name: 'options', text: '{"excludeBackup":true,"includeTypes":["SOURCE"]}' };
  const asFile = { fileName: 'blob', mediaType: 'application/json' };
  const forms = [
    [{ ...data, ...asFile }, options],
    [
      { ...options, ...asFile },
      { ...data, ...asFile },
    ],
    [options, data],
    [data, { name: 'unknown', text: 'x' }, { ...options, ...asFile }],
  ];
  for (const parts of forms) {
    const started = await server.call('POST', '/v2026/sp-config/import', form(parts));
    assert.equal(started.statusCode, 202, started.body);
    const [job, ...others] = await runAll();
    assert.deepEqual([job?.kind, others.length], ['import', 0]);
    assert.equal(job?.parts.length, 1);
  }
});

test('what was exported is imported again unchanged, and what is never exported stays', async () => {
  const secret = { id: 's2', connector: 'active-directory', secret: 'of s2' };
  await server.engine.import({ collection: 'sources', source: { records: [secret] } });
  const started = await server.call('POST', '/beta/sp-config/export', {
    json: { includeTypes: ['SOURCE', 'TRANSFORM'] },
  });
  await runAll();
  const { jobId } = started.json<{ jobId: string }>();
  const document = await server.call('GET', `/beta/sp-config/export/${jobId}/download`);
  assert.equal(document.body.includes('of s2'), false);
  await postImport(server, document.body, { excludeBackup: true });
  const [job] = await runAll();
  assert.equal(job?.state, 'succeeded', JSON.stringify(job?.failure));
  const changed = job.parts.map(({ counts }) => counts.created + counts.updated + counts.rejected);
  assert.deepEqual(changed, [0, 0]);
  const kept = await server.engine.export({ collection: 'sources', format: 'jsonl' });
  const text = await server.engine.artifact(kept.job, 'sources.jsonl');
  assert.match(text.toString(), /of s2/);
});

test('nothing is kept of an import that is refused', async () => {
  const uploads = async () =>
    (await server.call('GET', '/v1/uploads')).json<{ uploads: object[] }>().uploads.length;
  const before = await uploads();
  const refused = [
    postImport(server, '{"objects":[{"self":{"type":"SOURCE","id":"1","name":"a"},"object":{}},{"self"'),
    postImport(server, documentOf([SOURCE, { ...SOURCE, type: 'WORKFLOWS' }])),
    postImport(server, documentOf([SOURCE]), { includeTypes: ['WORKFLOWS'] }),
    postImport(server, ''),
  ];
  for (const answer of await Promise.all(refused)) assert.equal(answer.statusCode, 400, answer.body);
  assert.equal(await uploads(), before);
  assert.deepEqual(await runAll(), []);
});

test('an import that was cancelled before it began has results with nothing in them', async () => {
  const started = await postImport(server, documentOf([SOURCE]), { excludeBackup: true });
  const { jobId } = started.json<{ jobId: string }>();
  assert.equal((await server.call('GET', `/beta/sp-config/import/${jobId}/download`)).statusCode, 404);
  await server.call('POST', `/v1/jobs/${jobId}/cancel`);
  const { results } = await resultsOf(jobId);
  assert.deepEqual(results, { SOURCE: { ...NOTHING, importedObjects: [] } });
});

const NOT_IMPORTABLE = { type: 'ROLE', id: '1', name: 'Auditor', object: {} };

for (const [what, objects] of [
  ['without objects', []],
  ['of types that cannot be imported alone', [NOT_IMPORTABLE, { ...NOT_IMPORTABLE, type: 'WORKFLOW' }]],
] as const) {
  test(`a document ${what} imports nothing, successfully, with its backup and as a preview`, async () => {
    const expected = objects.map(({ type }) => type);
    for (const url of ['/beta/sp-config/import', '/v2026/sp-config/import?preview=true']) {
      const started = await postImport(server, documentOf(objects), {}, url);
      assert.equal(started.statusCode, 202, started.body);
      const { jobId } = started.json<{ jobId: string }>();
      const ended = (await runAll()).map(({ kind, state }) => `${kind} ${state}`);
      const isPreview = url.endsWith('true');
      assert.deepEqual(
        ended,
        isPreview ? ['validation succeeded'] : ['export succeeded', 'import succeeded'],
      );
      const status = await server.call('GET', `/v2026/sp-config/import/${jobId}`);
      assert.equal(status.json<{ status: string }>().status, 'COMPLETE');
      assert.deepEqual(Object.keys((await resultsOf(jobId)).results), expected);
    }
  });
}

test('the backup of an import can be imported, objects that are only exported included', async () => {
  await server.engine.import({ collection: 'roles', source: { records: [{ id: '7', name: 'Auditor' }] } });
  const { exportJobId = '' } = await importOf([SOURCE, TRANSFORM], { excludeBackup: false });
  const backup = await server.call('GET', `/beta/sp-config/export/${exportJobId}/download`);
  const started = await postImport(server, backup.body, { excludeBackup: true });
  assert.equal(started.statusCode, 202, started.body);
  await runAll();
  const { results } = await resultsOf(started.json<{ jobId: string }>().jobId);
  assert.deepEqual(results['ROLE']?.['warnings'], [
    {
      key: 'TYPE_NOT_IMPORTABLE',
      text: '1 object of the type ROLE left out: objects of this type can only be exported.',
      details: { object: { type: 'ROLE' }, issue: { objects: 1 } },
    },
  ]);
  assert.ok(results['SOURCE']?.['importedObjects']?.length);
});
