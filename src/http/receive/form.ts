/** multipart/form-data with one file, read as it comes: small fields first, then the file as a stream. */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyConfig, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { readBody } from './body-bytes.ts';
import { readText } from './read-text.ts';

/** Name of the part that is the file. */
export const FILE_PART = 'file';
// A description with a mapping of 1,600 fields has a tenth.
const FIELD_LIMIT_BYTES = HTTP_LIMITS.formFieldBytes.value;
/** Of parts, in lower case; what has another is not as it should be kept. */
const PLAIN_ENCODINGS = ['7bit', '8bit', 'binary'];
const LIMITS = { parts: 10, headerPairs: 20, headerSize: 16 * 1024 } as const;

/** A form whose file is about to come. */
export interface OpenForm {
  /** What came before the file, by name. */
  readonly fields: ReadonlyMap<string, string>;
  /** As the client gave it. */
  readonly fileName: string | undefined;
  /** Bytes of the file. Ends only when the form behind it is whole, and throws `request.invalid` when something else follows. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Gives up what has not been read. */
  readonly release: () => void;
}

interface Part {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly bytes: Readable;
}

/**
 * Reads a form up to its file.
 *
 * @param fieldNames the fields that may come before the file, each at most once
 * @throws AppError `request.invalid` for a broken form, another or a missing part, `request.too_large` for a field over 1 MiB
 */
export async function openForm(request: FastifyRequest, fieldNames: readonly string[]): Promise<OpenForm> {
  const { parts, release } = readParts(request);
  const fields = new Map<string, string>();
  try {
    for (;;) {
      const part = await nextPart(parts);
      if (part === undefined) {
        throw invalid(
          `There is no part "${FILE_PART}" in the form. Send the file in a part of this name, as the last one.`,
        );
      }
      if (part.name === FILE_PART) {
        return { fields, fileName: part.fileName, pieces: readFile(part, parts), release };
      }
      if (!fieldNames.includes(part.name) || fields.has(part.name)) throw unexpected(part.name, fieldNames);
      fields.set(
        part.name,
        await readText(part.bytes, { what: `part "${part.name}"`, maxBytes: FIELD_LIMIT_BYTES }),
      );
    }
  } catch (error) {
    release();
    throw error;
  }
}

type Parts = AsyncIterator<Part>;

async function nextPart(parts: Parts): Promise<Part | undefined> {
  const { done, value } = await parts.next();
  return done === true ? undefined : value;
}

async function* readFile(file: Part, parts: Parts): AsyncGenerator<Uint8Array> {
  yield* file.bytes as AsyncIterable<Uint8Array>;
  const next = await nextPart(parts);
  if (next === undefined) return;
  throw invalid(
    next.name === FILE_PART
      ? 'The form has two files. Send one file in each request.'
      : `The part "${next.name}" comes after the file. Send it before: a file is not kept until it is known what for.`,
  );
}

/** The parts in their order; a form that is broken or cut off is an error of the iteration and of the part that is being read. */
function readParts(request: FastifyRequest): { parts: Parts; release: () => void } {
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
    parts.push({ name: name ?? '', fileName, bytes } satisfies Part);
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
  return {
    parts: parts[Symbol.asyncIterator]() as Parts,
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
  return new AppError('request.invalid', `The form cannot be read: ${(error as Error).message}.`, {
    cause: error,
  });
}

/** RFC 7578 has no use for it, and a file that was kept in Base64 would be one that nobody can read. */
function encoded(name: string, encoding: string): AppError {
  return invalid(
    `The part "${name}" is encoded as ${JSON.stringify(encoding)} (Content-Transfer-Encoding). Send its bytes as they are.`,
  );
}

function unexpected(name: string, fieldNames: readonly string[]): AppError {
  const known = [...fieldNames, FILE_PART].map((one) => `"${one}"`).join(' and ');
  const what = fieldNames.includes(name) ? 'comes twice' : 'is not known';
  return invalid(`The part "${name.slice(0, 100)}" ${what}; expected ${known}.`);
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
