/**
 * The seam between a place and the one file that an import reads. A source by reference that is more than a file, such as a folder or a
 * package, names a fetcher (`unpack`), which makes one file of it; the wiring lists them by name.
 */
import { AppError } from '../../core/errors.ts';
import type { ReadLimits } from '../../formats/format.ts';
import type { SniffOverrides } from '../../formats/sniff/sniff-source.ts';
import type { DecompressionLimits } from '../../formats/source/decompression-limits.ts';
import type { Found } from '../../transfer/transport.ts';

/** What a fetcher makes: it is streamed into the data folder, hashed, and kept as an upload. */
export interface FetchedFile {
  /** For people, and for the format where only the name tells it. */
  readonly fileName: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** How it is read, where that is known. */
  readonly dialect?: SniffOverrides;
}

export interface FetchContext {
  /** The address of what was found; messages name it. */
  readonly address: string;
  /** Aborted when the job is to stop. */
  readonly signal: AbortSignal;
  readonly limits: ReadLimits & { readonly decompression: DecompressionLimits };
  /** Keeps bytes in a local file until the fetch has ended, for what cannot be read from front to back. @returns its path */
  keep(pieces: AsyncIterable<Uint8Array>): Promise<string>;
}

/** @throws AppError `source.*`, which the job fails with */
export type Fetcher = (found: Found, context: FetchContext) => Promise<FetchedFile>;

/** The file as it is. */
export const fetchFile: Fetcher = async (found, { address }) => {
  if (found.kind === 'folder') {
    throw new AppError('source.is_directory', `There is a folder at ${address}, but a file was expected.`, {
      details: { address },
    });
  }
  return { fileName: address.slice(address.lastIndexOf('/') + 1), pieces: await found.open() };
};
