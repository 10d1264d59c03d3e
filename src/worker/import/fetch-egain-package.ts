/** A package in the form of eGain's data import guide, in a folder or in a ZIP archive, as a file of one record for each article. */
import { AppError, isAppError } from '../../core/errors.ts';
import type { PackageFiles } from '../../formats/egain-package/package-files.ts';
import { readPackage } from '../../formats/egain-package/read-package.ts';
import { openZipFiles } from '../../formats/zip/zip-files.ts';
import type { Found } from '../../transfer/transport.ts';
import type { FetchContext, Fetcher } from './fetcher.ts';

/** Texts of as many articles as a job may have, twice over. What it takes to know of them all: about 50 MB. Of a folder, files of content. */
export const MAX_FILES = 200_000;

export const fetchEgainPackage: Fetcher = async (found, context) => ({
  fileName: 'articles.jsonl',
  dialect: { format: 'jsonl', encoding: 'utf-8', compression: 'none', hasFindings: true },
  pieces: found.kind === 'folder' ? fromFolder(found, context) : fromArchive(found, context),
});

type FolderFound = Extract<Found, { kind: 'folder' }>;
type FileFound = Extract<Found, { kind: 'file' }>;

function fromFolder(folder: FolderFound, { limits }: FetchContext): AsyncIterable<Uint8Array> {
  const counted = atMost(MAX_FILES);
  const files: PackageFiles = {
    async open(name) {
      try {
        return (await folder.open(name)) as AsyncIterable<Uint8Array>;
      } catch (error) {
        if (isAppError(error, 'source.not_found')) return undefined;
        throw error;
      }
    },
    list: (name) => counted(folder.list(name)),
  };
  return readPackage(files, limits);
}

/** Passes names on, so many in all. @throws AppError `format.limit_exceeded` */
function atMost(most: number): (names: AsyncIterable<string>) => AsyncIterable<string> {
  let count = 0;
  return async function* (names) {
    for await (const name of names) {
      count += 1;
      if (count > most)
        throw new AppError('format.limit_exceeded', `The package has more than ${most} files.`);
      yield name;
    }
  };
}

async function* fromArchive(file: FileFound, context: FetchContext): AsyncIterable<Uint8Array> {
  // The directory of an archive stands at its end.
  const path = await context.keep(await file.open());
  const files = await openZipFiles(path, {
    decompression: context.limits.decompression,
    maxFiles: MAX_FILES,
  });
  try {
    yield* readPackage(files, context.limits);
  } finally {
    files.close();
  }
}
