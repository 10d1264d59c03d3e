/** Which test files `npm test -- …` and `npm run test:changed` run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNamed, findReaching, readPathGraph } from '../../support/changed/path-graph.ts';
import { selectChanged } from '../../support/changed/run-changed.ts';
import { listGroups, selectFiles } from '../../support/select-files.ts';

const OWN = 'test/unit/support/select-files.test.ts';
// Named in parts: a file that is named is reached.
const OTHER = ['test', 'unit', 'core', 'progress.test.ts'].join('/');

test('a group, a file, a folder and a glob can be named', async () => {
  for (const word of ['unit', OWN, 'test/unit/support', 'test/unit/support/', './test/unit/s*/*.test.ts'])
    assert.ok((await selectFiles([word])).includes(OWN), word);
  assert.deepEqual(await selectFiles([OWN, OWN]), [OWN]);
});

test('a word that leads to no test file is an error that lists the groups', async () => {
  const groups = await listGroups();
  assert.ok(groups.includes('engine') && !groups.includes('support'));
  for (const word of [
    'enginge',
    'test/support',
    'src/core',
    'test/unit/none.test.ts',
    'test/support/zip.ts',
    '..',
  ])
    await assert.rejects(selectFiles(['unit', word]), (error: Error) =>
      [`"${word}" is neither`, ...groups].every((part) => error.message.includes(part)),
    );
});

test('a file names what it imports, starts and reads', () => {
  const named = (text: string, path = 'test/unit/core/x.test.ts') => findNamed(path, text);
  assert.deepEqual(named("import { a } from '../../../src/core/issue.ts';"), ['src/core/issue.ts']);
  assert.deepEqual(named("await import('../../../src/core/issue.ts')"), ['src/core/issue.ts']);
  assert.deepEqual(named("export type { A } from '../../support/zip.ts';"), ['test/support/zip.ts']);
  assert.deepEqual(named("threadUrl('liveness-thread', import.meta.url)", 'src/worker/x.ts'), [
    'src/worker/liveness-thread.ts',
  ]);
  assert.deepEqual(named("new URL('../../../migrations/', import.meta.url)"), ['migrations/']);
  assert.deepEqual(named("join(ROOT, 'docs/cli.md')"), ['docs/cli.md']);
  assert.deepEqual(named("join(import.meta.dirname, 'files')", 'test/cases/case.ts'), ['test/cases/files/']);
  assert.deepEqual(named("import 'node:fs'; 'src'; '../'; 'nothing.ts'; './x.test.ts'"), []);
});

test('what reaches a change over several files is found, through folders too', () => {
  const graph = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['data/']],
    ['c.ts', ['a.ts', 'c.ts']],
    ['d.ts', ['e.ts']],
  ]);
  assert.deepEqual(findReaching(graph, ['data/one.csv']), new Set(['data/one.csv', 'b.ts', 'a.ts', 'c.ts']));
});

const graph = readPathGraph();

for (const { changed, reaches, reachesNot } of [
  // Only a server that is a process of its own, and its worker, come to this one.
  {
    changed: 'src/worker/import/reading/reading-thread.ts',
    reaches: 'test/cases/header.test.ts',
    reachesNot: OTHER,
  },
  { changed: 'src/server/worker-process.ts', reaches: 'test/process/shutdown.test.ts', reachesNot: OTHER },
  {
    changed: 'migrations/0001_jobs.sql',
    reaches: 'test/postgres/store/job-order.test.ts',
    reachesNot: OTHER,
  },
  { changed: 'docs/errors.md', reaches: 'test/docs/code-lists.test.ts', reachesNot: OTHER },
  {
    changed: 'test/cases/files/01-sep-line/sep-tab.csv',
    reaches: 'test/cases/header.test.ts',
    reachesNot: OTHER,
  },
  { changed: 'src/core/did-you-mean.ts', reaches: 'test/unit/core/did-you-mean.test.ts', reachesNot: OTHER },
  { changed: 'test/support/run-files.ts', reaches: OWN, reachesNot: OTHER },
])
  test(`a change of ${changed} runs ${reaches}`, () => {
    const files = selectChanged([changed], graph);
    assert.ok(files.includes(reaches));
    assert.ok(!files.includes(reachesNot), `not ${reachesNot}`);
    assert.ok(files.includes('test/architecture/imports.test.ts'), 'the architecture');
  });

test('a change that no file can tell runs everything', () => {
  assert.ok(selectChanged(['package.json']).includes('test/torture/campaign.test.ts'));
});
