import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { IncomingFile } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { bodyOf, readBody } from './body-bytes.ts';
import { parseDigests } from './digests.ts';
import { cleanFileName, fileNameOf } from './file-name.ts';
import { type OpenForm, openForm } from './form.ts';

export function isForm(request: FastifyRequest): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

/** The body itself as a file. @throws AppError `request.invalid` for digests that cannot be read, `request.too_large` */
export function openBody(
  request: FastifyRequest,
  options: { name?: string; maxBytes: number },
): IncomingFile {
  refuseTooLarge(request.headers['content-length'], options.maxBytes);
  const announced = parseDigests(request.headers).find(({ algorithm }) => algorithm === 'sha-256');
  return {
    ...omitUndefined({
      fileName: fileNameOf(request.headers, options.name),
      sha256: announced?.bytes.toString('hex'),
    }),
    pieces: readBody(request),
    release: () => void bodyOf(request).resume(),
  };
}

/** The file of a form, with the fields before it. @throws as `openForm` */
export async function openFormFile(
  request: FastifyRequest,
  fieldNames: readonly string[] = [],
): Promise<IncomingFile & Pick<OpenForm, 'fields'>> {
  const { fileName, ...form } = await openForm(request, fieldNames);
  return { ...form, ...omitUndefined({ fileName: cleanFileName(fileName) }) };
}

/** Before gigabytes are sent for nothing. */
function refuseTooLarge(contentLength: string | undefined, maxBytes: number): void {
  if (contentLength === undefined || Number(contentLength) <= maxBytes) return;
  throw new AppError(
    'request.too_large',
    `The file has ${contentLength} bytes, more than ${maxBytes} (limit: limits.uploadBytes).`,
  );
}
