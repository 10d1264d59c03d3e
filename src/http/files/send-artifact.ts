/** A stored file as an answer: whole, one range of it, or only its headers. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { Artifact } from '../../store/artifacts.ts';
import type { FileStore } from '../../store/files.ts';
import { isKnown, isSameFile } from '../entity-tags.ts';
import { parseRange } from './byte-range.ts';
import { attachment } from './content-disposition.ts';

/**
 * Answers GET and HEAD as RFC 9110 says: `Range` counts for GET alone (section 14.2), several ranges are answered by the whole file
 * (section 15.3.7). The file is opened before the first byte of the answer, so that one that is gone is an error and no broken download.
 *
 * @throws AppError `request.range_not_satisfiable`, `storage.expired`, `storage.corrupt`
 */
export async function sendArtifact(
  files: FileStore,
  request: FastifyRequest,
  reply: FastifyReply,
  artifact: Artifact,
): Promise<FastifyReply> {
  const { sizeBytes, storageKey, sha256, mediaType, name } = artifact;
  const { 'if-none-match': ifNoneMatch, 'if-range': ifRange } = request.headers;
  const isHead = request.method === 'HEAD';
  const etag = `"${sha256}"`;
  if (isKnown(ifNoneMatch, etag)) return reply.code(304).headers(validators(etag)).send();

  const mayCut = !isHead && isSameFile([ifRange].flat()[0], etag);
  const range = mayCut ? parseRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${sizeBytes}`);
    throw new AppError('request.range_not_satisfiable', `The file "${name}" has ${sizeBytes} bytes.`);
  }
  const body = await files.open(storageKey, sizeBytes, range);
  const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  void reply.type(mediaType).headers({
    ...validators(etag),
    'accept-ranges': 'bytes',
    'content-disposition': attachment(name),
    'content-length': range === undefined ? sizeBytes : range.end - range.start + 1,
    // Of the whole file, also where a part is sent; RFC 9530 has the other one for what is sent.
    'repr-digest': digest,
    ...(range === undefined && { 'content-digest': digest }),
    ...(range !== undefined && { 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` }),
    'x-content-type-options': 'nosniff',
  });
  if (isHead) {
    body.destroy();
    return reply.send();
  }
  return reply.code(range === undefined ? 200 : 206).send(body);
}

/** A name may get another file when its job is retried, so a copy must be asked about. */
function validators(etag: string): Record<string, string> {
  return { etag, 'cache-control': 'private, no-cache' };
}
