/** multipart/form-data with one file, read as it comes: small fields first, then the file as a stream. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { type FormPart, type FormParts, openFormParts } from './form-parts.ts';
import { readText } from './read-text.ts';

/** Name of the part that is the file. */
export const FILE_PART = 'file';
// A description with a mapping of 1,600 fields has a tenth.
const FIELD_LIMIT_BYTES = HTTP_LIMITS.formFieldBytes.value;

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

/**
 * Reads a form up to its file.
 *
 * @param fieldNames the fields that may come before the file, each at most once
 * @throws AppError `request.invalid` for a broken form, another or a missing part, `request.too_large` for a field over 1 MiB
 */
export async function openForm(request: FastifyRequest, fieldNames: readonly string[]): Promise<OpenForm> {
  const parts = openFormParts(request);
  const { release } = parts;
  const fields = new Map<string, string>();
  try {
    for (;;) {
      const part = await parts.next();
      if (part === undefined) {
        throw invalid(
          `There is no part "${FILE_PART}" in the form. Send the file in a part with this name, after all other parts.`,
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

async function* readFile(file: FormPart, parts: FormParts): AsyncGenerator<Uint8Array> {
  yield* file.bytes as AsyncIterable<Uint8Array>;
  const next = await parts.next();
  if (next === undefined) return;
  throw invalid(
    next.name === FILE_PART
      ? 'The form has two files. Send one file in each request.'
      : `The part "${next.name}" comes after the file. Send it before the file, so that the server knows what the file is for.`,
  );
}

function unexpected(name: string, fieldNames: readonly string[]): AppError {
  const known = [...fieldNames, FILE_PART].map((one) => `"${one}"`).join(' and ');
  const what = fieldNames.includes(name) ? 'occurs twice' : 'is not known';
  return invalid(`The part "${name.slice(0, 100)}" ${what}; expected ${known}.`);
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
