/** The parts of multipart/form-data, each as a stream, in the order in which they come. */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyConfig, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { readBody } from './body-bytes.ts';

/** Of parts, in lower case; what has another is not as it should be kept. */
const PLAIN_ENCODINGS = ['7bit', '8bit', 'binary'];
const LIMITS = { parts: 10, headerPairs: 20, headerSize: 16 * 1024 } as const;

export interface FormPart {
  readonly name: string;
  /** As the client gave it. */
  readonly fileName: string | undefined;
  /** To be read before the next part comes. */
  readonly bytes: Readable;
}

export interface FormParts {
  /** The next part; undefined after the last one. @throws AppError `request.invalid` */
  next(): Promise<FormPart | undefined>;
  /** Gives up what has not been read. */
  readonly release: () => void;
}

/**
 * A form that is broken or cut off is an error of `next` and of the part that is being read.
 *
 * @throws AppError `request.invalid` for a body that is not a form
 */
export function openFormParts(request: FastifyRequest): FormParts {
  const body = readBody(request);
  const parser = createParser(request.headers);
  const stop = new AbortController();
  const parts = new Readable({ objectMode: true, read() {} });
  const opened: Readable[] = [];
  parser.on('file', (name, bytes, fileName, encoding) => {
    opened.push(bytes);
    if (!PLAIN_ENCODINGS.includes(encoding)) stop.abort(encoded(name, encoding));
    // Whoever reads the part is told; an error that nobody listens to would end the process.
    bytes.on('error', () => {});
    parts.push({ name: name ?? '', fileName, bytes } satisfies FormPart);
  });
  parser.once('partsLimit', () => stop.abort(invalid(`The form has more than ${LIMITS.parts} parts.`)));
  parts.on('error', () => {});
  pipeline(body, parser, { signal: stop.signal }).then(
    () => parts.push(null),
    (error: unknown) => {
      const reason = asFormError(stop.signal.aborted ? stop.signal.reason : error);
      for (const bytes of opened) bytes.destroy(reason);
      parts.destroy(reason);
    },
  );
  const iterator = parts[Symbol.asyncIterator]() as AsyncIterator<FormPart>;
  return {
    async next() {
      const { done, value } = await iterator.next();
      return done === true ? undefined : value;
    },
    release: () => stop.abort(invalid('The form is not read any further.')),
  };
}

function createParser(headers: IncomingHttpHeaders): BusboyInstance {
  const config: BusboyConfig = {
    headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
    // Every part is a stream: what is a field, and how large it may be, is said here and not by the client.
    isPartAFile: () => true,
    preservePath: true,
    limits: LIMITS,
  };
  try {
    return new Busboy(config);
  } catch (error) {
    throw asFormError(error);
  }
}

function asFormError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // Some of the parser's sentences have a full stop.
  const reason = (error as Error).message.replace(/\.$/, '');
  return new AppError('request.invalid', `The form cannot be read: ${reason}.`, { cause: error });
}

/** RFC 7578 has no use for it, and a file that was kept in Base64 would be one that nobody can read. */
function encoded(name: string, encoding: string): AppError {
  return invalid(
    `The part "${name}" is encoded as ${JSON.stringify(encoding)} (Content-Transfer-Encoding). Send its bytes without an encoding.`,
  );
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
