import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../actions/caller.ts';
import { discardUploads } from '../../actions/uploads/discard-upload.ts';
import { receiveUpload } from '../../actions/uploads/uploads.ts';
import { AppError } from '../../core/errors.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { WireFile, WireRequest } from '../../protocols/wire.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { cleanFileName } from '../receive/file-name.ts';
import { type FormPart, openFormParts } from '../receive/form-parts.ts';
import { readText } from '../receive/read-text.ts';
import { callerOf } from '../requests/caller.ts';

/**
 * A form as protocols see it: its parts in whatever order they come, those of these names kept as uploads. Nothing is left of a form that
 * is refused.
 *
 * @throws AppError `request.invalid` for a broken form or a part that occurs twice, `request.too_large`, `storage.full`
 */
export async function readForm(
  deps: HttpDependencies,
  request: FastifyRequest,
  fileNames: readonly string[],
): Promise<Pick<WireRequest, 'fields' | 'files'>> {
  const parts = openFormParts(request);
  const fields = new Map<string, string>();
  const files = new Map<string, WireFile>();
  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      const { name } = part;
      if (fields.has(name) || files.has(name)) {
        throw new AppError('request.invalid', `The part "${name.slice(0, 100)}" occurs twice.`);
      }
      if (fileNames.includes(name)) files.set(name, await keepPart(callerOf(request), deps, part));
      else fields.set(name, await readField(part));
    }
  } catch (error) {
    await discardUploads(
      deps,
      [...files.values()].map(({ upload }) => upload),
    );
    throw error;
  } finally {
    parts.release();
  }
  return { fields: Object.fromEntries(fields), files: Object.fromEntries(files) };
}

async function keepPart(
  caller: Caller,
  deps: HttpDependencies,
  { bytes, fileName: given }: FormPart,
): Promise<WireFile> {
  const fileName = cleanFileName(given);
  const file = { pieces: bytes, ...omitUndefined({ fileName }) };
  const { id, sizeBytes } = await receiveUpload(caller, deps, file);
  return { upload: id, sizeBytes, ...omitUndefined({ fileName }) };
}

function readField({ name, bytes }: FormPart): Promise<string> {
  return readText(bytes, {
    what: `part "${name.slice(0, 100)}"`,
    maxBytes: HTTP_LIMITS.formFieldBytes.value,
  });
}
