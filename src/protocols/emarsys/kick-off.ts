/** A kick-off -> what is asked of the engine. */
import { createHash } from 'node:crypto';
import type { JobRequest } from '../../core/job-request.ts';
import type { WireRequest } from '../wire.ts';
import type { EmarsysBinding } from './binding.ts';
import { invalidValue, REPLIES, refuse } from './envelope.ts';
import type { EmarsysExport } from './exports.ts';
import { readColumns } from './read-columns.ts';
import { readDistribution } from './read-distribution.ts';
import { readRecords } from './read-records.ts';
import { given, isMembers, type Members } from './read-values.ts';
import type { ExportFacts } from './status.ts';
import { renderViennaTime } from './vienna-time.ts';

/** @throws Refusal for whatever is wrong with the request */
export function readKickOff(kind: EmarsysExport, binding: EmarsysBinding, request: WireRequest): JobRequest {
  const { body } = request;
  if (!isMembers(body)) throw refuse(REPLIES.invalidPayload);
  const { destination, ...distribution } = readDistribution(body, binding);
  const { filter, ...records } = readRecords(kind, binding, body);
  const { language, ...columns } = readColumns(kind, binding, body);
  const url = readNotificationUrl(body);
  const settings = { name: kind.name, records, filter, columns, destination };
  const fileName = nameFile(kind, language, request);
  const facts: ExportFacts = { export: kind.name, ...distribution, fileName: `${fileName}.csv` };
  return {
    kind: 'export',
    parts: [records],
    options: { format: 'csv', fileName, ...columns, ...(filter !== undefined && { filter }) },
    description: kind.summary,
    facts: { ...facts },
    // Two exports with the same settings would be the same file twice.
    slot: { name: `emarsys ${fingerprint(settings)}`, most: 1 },
    ...(destination !== undefined && { destination }),
    ...(url !== undefined && { notify: { url, on: 'ready' } }),
  };
}

function fingerprint(settings: object): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 32);
}

/** Such as `responses_20120523_en-df0ef2`. */
function nameFile({ fileName }: EmarsysExport, language: string, { now, id }: WireRequest): string {
  const day = renderViennaTime(now).slice(0, '2012-05-23'.length).replaceAll('-', '');
  return `${fileName}_${day}_${language}-${id.slice(0, 6)}`;
}

/** Chosen: the documents have no limit. */
const NOTIFICATION_URL_CHARACTERS = 2000;

function readNotificationUrl(body: Members): string | undefined {
  const url = given(body, 'notification_url');
  if (url === undefined) return undefined;
  const isAddress = typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!isAddress || url.length > NOTIFICATION_URL_CHARACTERS) throw invalidValue('notification_url', url);
  return url;
}
