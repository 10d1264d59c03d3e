import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseFile, openContent } from '../../actions/results/job-content.ts';
import type { Job } from '../../core/job.ts';
import type { Download } from '../../protocols/download.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { sendArtifact } from '../files/send-artifact.ts';
import { callerOf } from '../requests/caller.ts';
import { sendAnswer } from './send-answer.ts';

/** Sends what a protocol chose of a job. @throws AppError `storage.not_found`, `storage.expired`, and what `sendArtifact` throws */
export async function sendDownload(
  deps: HttpDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  { job, download }: { job: Job; download: Download },
): Promise<FastifyReply> {
  if (download.type === 'answer') return sendAnswer(reply, download.answer);
  const { artifacts, content } = await openContent(callerOf(request), deps, job);
  if (download.type === 'file') {
    const artifact = chooseFile(artifacts, download.choose);
    void reply.headers(download.headers ?? {});
    return sendArtifact(deps.files, request, reply, artifact);
  }
  const pieces = download.compose(content)[Symbol.asyncIterator]();
  // Whatever is wrong with a file shows before the answer begins.
  const first = await pieces.next();
  void reply.type(download.mediaType).headers(download.headers ?? {});
  if (request.method === 'HEAD') {
    await pieces.return?.();
    return reply.send();
  }
  return reply.send(Readable.from(gathered(continued(first, pieces)), { objectMode: false }));
}

async function* continued<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncIterable<T> {
  for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value;
}

/** A stream is slow with many small pieces. */
const BATCH = 64 * 1024;

/** Texts that follow each other as one. */
async function* gathered(pieces: AsyncIterable<string | Uint8Array>): AsyncIterable<string | Uint8Array> {
  let text = '';
  for await (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    if (typeof piece !== 'string' || text.length >= BATCH) {
      if (text !== '') yield text;
      text = '';
    }
    if (typeof piece !== 'string') yield piece;
  }
  if (text !== '') yield text;
}
