import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { WireIssue, WireJob } from '../../../sdk/wire.ts';
import { renderAmount } from '../../render/numbers.ts';
import { findDifference, jsonLines } from '../compare-records.ts';
import { type Demo, fetchResults, finish, run, send } from '../steps.ts';
import { MOVIE_FIELDS, MOVIES, type Movie, repairMovie } from './movies-collection.ts';

/** A messy file: what is wrong with it, the rejected records repaired and sent again. */
export async function tellMovies(demo: Demo): Promise<void> {
  const { stage, screen } = demo;
  screen.title('movies.json', 'films, known to be messy; checked against a schema and a rule in own code');
  const { bytes, uploadId } = await send(demo, 'movies.json');
  await stage.client.applyCollection('movies', MOVIES);
  const request = { collection: 'movies', source: { upload: uploadId } };
  const validation = await run(demo, 'validate', 'validation', request);
  const imported = await run(demo, 'import', 'import', request);
  const issues = await listAllIssues(demo, imported);
  await showGroups(demo, imported);

  const rejected = await fetchFailedRows(demo, imported);
  const repairs = rejected.map((movie) => ({ before: movie, ...repairMovie(movie) }));
  showRepairs(demo, repairs);
  const corrected = await sendAgain(
    demo,
    imported,
    repairs.map(({ movie }) => movie),
  );

  const exported = await run(demo, 'export', 'export', { collection: 'movies', format: 'json' });
  const [result] = await fetchResults(demo, exported);
  checkIssues(demo, issues, await listAllIssues(demo, validation), imported);
  screen.check(
    `the correction was accepted whole: ${renderAmount(corrected.outcomes.created, 'record')}`,
    corrected.outcomes.created === rejected.length
      ? undefined
      : `${corrected.outcomes.rejected} were rejected again`,
  );
  const wentIn = (JSON.parse(bytes.toString()) as Movie[]).map((movie) => repairMovie(movie).movie);
  const cameOut = JSON.parse(result?.toString() ?? '[]') as Movie[];
  screen.check(
    `what came out is what went in, repaired: ${renderAmount(cameOut.length, 'record')}`,
    findDifference(jsonLines(wentIn, MOVIE_FIELDS), jsonLines(cameOut, MOVIE_FIELDS)),
  );
}

async function listAllIssues({ stage }: Demo, job: WireJob): Promise<readonly WireIssue[]> {
  const { issues, next } = await stage.client.listIssues(job.id, { limit: 5000 });
  if (next !== undefined) throw new Error('there are more issues than the demo expects');
  return issues;
}

async function showGroups({ stage, screen }: Demo, job: WireJob): Promise<void> {
  screen.step('issues', 'by kind, each with the first values it was found in');
  const groups = await stage.client.listIssueGroups(job.id);
  screen.table(
    [
      { title: 'count', align: 'right' },
      { title: 'field' },
      { title: 'what is wrong' },
      { title: 'such as' },
    ],
    groups.map((group) => [
      String(group.count),
      group.field ?? '',
      shorten(group.examples[0]?.message ?? '', 54),
      [...new Set(group.examples.flatMap((issue) => issue.value ?? []))].slice(0, 2).join(', '),
    ]),
  );
}

async function fetchFailedRows({ stage }: Demo, job: WireJob): Promise<Movie[]> {
  const failed = (await stage.client.listArtifacts(job.id)).find(
    (artifact) => artifact.kind === 'failed_rows',
  );
  if (failed === undefined) throw new Error('the import has left no failed rows');
  const pieces: Buffer[] = [];
  await stage.client.downloadTo(
    failed,
    new Writable({
      write(piece: Buffer, _encoding, done) {
        pieces.push(piece);
        done();
      },
    }),
  );
  return JSON.parse(Buffer.concat(pieces).toString()) as Movie[];
}

interface Repair {
  readonly before: Movie;
  readonly movie: Movie;
  readonly changes: readonly string[];
}

/** One of each kind is enough to see what was done. */
function showRepairs({ screen }: Demo, repairs: readonly Repair[]): void {
  screen.step(
    'failed',
    `${renderAmount(repairs.length, 'record')} come back as a file; repaired, for instance:`,
  );
  const seen = new Set<string>();
  const rows = repairs.flatMap(({ before, movie, changes }) =>
    changes.flatMap((field) => {
      const kind = `${field} ${typeof before[field]}`;
      if (seen.has(kind)) return [];
      seen.add(kind);
      return [[String(before['waybill_record']), field, show(before[field]), '→', show(movie[field])]];
    }),
  );
  screen.table(
    [
      { title: 'record', align: 'right' },
      { title: 'field' },
      { title: 'came as' },
      { title: '' },
      { title: 'sent as' },
    ],
    rows,
  );
}

const show = (value: unknown): string => JSON.stringify(value);

const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

async function sendAgain(demo: Demo, parent: WireJob, movies: readonly Movie[]): Promise<WireJob> {
  const { client, outDir } = demo.stage;
  const json = JSON.stringify(movies, undefined, 1);
  await writeFile(join(outDir, 'movies-repaired.json'), json);
  const upload = await client.upload(Readable.from([Buffer.from(json)]), 'movies-repaired.json');
  return finish(demo, 'correct', await client.correct(parent.id, upload.id));
}

function checkIssues(
  { screen }: Demo,
  issues: readonly WireIssue[],
  validated: readonly WireIssue[],
  job: WireJob,
): void {
  const line = ({ record, code, field, value }: WireIssue) => JSON.stringify({ record, code, field, value });
  screen.check('validation and import found the same', findDifference(validated.map(line), issues.map(line)));
  // What is missing has no value to show.
  const vague = issues.find(
    ({ record, line, field, message, value, code }) =>
      record < 1 ||
      line < 1 ||
      field === undefined ||
      message === '' ||
      (value === undefined && code !== 'field.missing'),
  );
  const records = new Set(issues.map(({ record }) => record)).size;
  screen.check(
    'every rejected record has its position, field, reason and value',
    vague !== undefined || records !== job.outcomes.rejected
      ? `${records} of ${job.outcomes.rejected} have issues${vague === undefined ? '' : `; vague: ${line(vague)}`}`
      : undefined,
  );
}
