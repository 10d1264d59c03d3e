/** The source of a part, for its report: as it was pinned, read from any byte. */
import type { SourceDialect } from '../../formats/format.ts';
import { openSeekableSource } from '../../formats/source/open-seekable-source.ts';
import type { Upload } from '../../store/uploads.ts';
import { SPOOL_FOLDER, type WorkerDependencies } from '../dependencies.ts';
import type { SourceFacts } from '../import/reading/task.ts';
import type { ReportSource } from './write-report.ts';

/** What was found out about it before its first record was read. */
export interface PinnedPartSource {
  readonly upload: Upload;
  readonly dialect: SourceDialect;
  readonly index: SourceFacts;
}

/** @throws AppError where it is not there any more, or cannot be read */
export async function openPartSource(
  { files, settings }: Pick<WorkerDependencies, 'files' | 'settings'>,
  { upload, dialect, index }: PinnedPartSource,
  signal: AbortSignal,
): Promise<ReportSource> {
  const source = await openSeekableSource({
    path: files.path(upload.storageKey),
    dialect,
    hash: upload.sha256,
    spoolDir: files.path(SPOOL_FOLDER),
    decompression: settings.decompression,
    signal,
  });
  return {
    dialect,
    fields: index.fields,
    header: index.header ?? { startByte: 0, endByte: index.firstRecordByte },
    readRange: async (start, end) => Buffer.from(await source.readRange(start, end)),
    close: () => source.close(),
  };
}
