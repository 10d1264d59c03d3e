/** The records of an export: as CSV, or a page of them as JSON. */
import type { Job } from '../../core/job.ts';
import type { Download, JobContent, RecordSlice } from '../download.ts';
import type { WireRequest } from '../wire.ts';
import { failure, invalid, REPLIES, type Reply, refuse } from './envelope.ts';
import { factsOf } from './status.ts';

/** Which records are asked for, and in which form. */
export interface DataRequest {
  readonly slice: RecordSlice;
  readonly form: 'csv' | 'json';
}

/** In the query. Source: dev.emarsys.com, "Download Export Data": without a limit CSV, with one JSON. */
export const QUERY_LIMIT = 10_000_000;
/** In the path. Source: the documents of 2016, which know only CSV, and need a limit. */
export const PATH_LIMIT = 1_000_000;

const LINE_END = '\r\n';

/** What is made before it is sent: single records would be slow. */
const PIECE_CHARACTERS = 32_768;

/** `?offset=0&limit=10`, both of which may be left out. Who asks for CSV gets it, with a limit, too. */
export function readQuery({ query, headers }: Pick<WireRequest, 'query' | 'headers'>): DataRequest {
  const offset = readOffset(query);
  if (isEmpty(query.get('limit'))) return { slice: { offset, limit: QUERY_LIMIT }, form: 'csv' };
  const form = prefersCsv(headers['accept']) ? 'csv' : 'json';
  return { slice: { offset, limit: readLimit(query, QUERY_LIMIT) }, form };
}

/** RFC 9110, 12.5.1: the most specific range that fits a media type has its weight. */
function prefersCsv(accept = ''): boolean {
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((piece) => piece.trim()))
    .map(([name = '', ...parameters]) => ({
      name,
      weight: Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1),
    }));
  const weightOf = (type: string, family: string) =>
    [type, `${family}/*`, '*/*'].map((name) => ranges.find((range) => range.name === name)).find(Boolean)
      ?.weight ?? 0;
  return weightOf('text/csv', 'text') > weightOf('application/json', 'application');
}

/** `offset=0&limit=10` as the last step of the path. */
export function readPathRange(range: string): DataRequest {
  const parameters = new URLSearchParams(range);
  const offset = readOffset(parameters);
  if (isEmpty(parameters.get('limit'))) throw refuse(REPLIES.limitRequired);
  return { slice: { offset, limit: readLimit(parameters, PATH_LIMIT) }, form: 'csv' };
}

function isEmpty(value: string | null): boolean {
  return value === null || value === '';
}

/** An empty offset is 0: the vendor's own client sends 0 so. */
function readOffset(parameters: URLSearchParams): number {
  const text = parameters.get('offset') ?? '';
  if (!/^\d{0,15}$/.test(text)) throw refuse(REPLIES.offsetNegative);
  return Number(text);
}

function readLimit(parameters: URLSearchParams, most: number): number {
  const text = parameters.get('limit') ?? '';
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw refuse(REPLIES.limitNotPositive);
  if (limit > most) throw invalid(`Limit must be less than ${most}.`);
  return limit;
}

export function chooseData(job: Job, { slice, form }: DataRequest): Download {
  const problem = problemOf(job);
  if (problem !== undefined) return { type: 'answer', answer: failure(problem) };
  if (form === 'json') {
    return {
      type: 'composed',
      mediaType: 'application/json',
      compose: (content) => composeJson(content, slice),
    };
  }
  const name = factsOf(job)?.fileName ?? '';
  return {
    type: 'composed',
    mediaType: 'text/csv;charset=UTF-8',
    headers: { 'content-disposition': `attachment; filename="${name}"` },
    compose: (content) => composeCsv(content, slice),
  };
}

/** Why there are no records to be had; a file that is gone is found out when it is opened. */
function problemOf(job: Job): Reply | undefined {
  if (job.kind !== 'export') return REPLIES.invalidExportType;
  if (factsOf(job)?.method !== 'local') return REPLIES.notCompatible;
  if (job.state === 'succeeded') return undefined;
  return job.state === 'failed' || job.state === 'cancelled' ? REPLIES.fileNotFound : REPLIES.inProgress;
}

/** The header stands on the first page alone, so that all pages, one after the other, are the file. */
async function* composeCsv(content: JobContent, slice: RecordSlice): AsyncIterable<string | Uint8Array> {
  const { header, records } = await content.resultBytes(0, slice);
  let isBlank = true;
  if (header !== undefined && slice.offset === 0) {
    isBlank = false;
    yield header;
  }
  for await (const bytes of records) {
    isBlank = false;
    yield bytes;
  }
  // A client of the vendor's takes an empty body for a failure; an empty line is not a record.
  if (isBlank) yield LINE_END;
}

/** No document shows the JSON; rows are lists, since two columns may have the same header. */
async function* composeJson(content: JobContent, slice: RecordSlice): AsyncIterable<string> {
  const { header, records } = await content.resultTexts(0, slice);
  let text = `{"replyCode":0,"replyText":"OK","data":{"header":${JSON.stringify(header ?? [])},"rows":[`;
  let separator = '';
  for await (const record of records) {
    text += separator + JSON.stringify(record);
    separator = ',';
    if (text.length < PIECE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield `${text}]}}`;
}
