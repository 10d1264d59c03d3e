import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  /** Path inside the archive, with `/`. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * No entry carries the time at which it was written, so that the same rows give the same bytes (gzip without a time does the same).
 * The first time that ZIP knows; in parts of local time, as ZIP keeps it, so that no time zone shows.
 */
const NO_TIME = new Date(1980, 0, 1);

/**
 * The bytes of a ZIP archive of these entries, one after the other, each deflated while it is read; Zip64 where sizes need it. Nothing
 * begins before the first byte is asked for, and no more than a few pieces are ever held.
 */
export async function* zipBytes(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array, void> {
  const zip = new ZipFile();
  // Declared as any readable stream, and known to be a PassThrough.
  const out = zip.outputStream as Readable;
  const adding = addEntries(zip, out, entries).catch((error: unknown) => out.destroy(error as Error));
  try {
    yield* out as AsyncIterable<Uint8Array>;
  } finally {
    out.destroy();
    await adding;
  }
}

async function addEntries(zip: ZipFile, out: Readable, entries: AsyncIterable<ZipEntry>): Promise<void> {
  for await (const { name, bytes } of entries) {
    // Left between two entries: it has told so already, and nobody would read the next one.
    if (out.destroyed) return;
    const source = Readable.from(bytes, { objectMode: false });
    const stop = () => source.destroy();
    out.once('close', stop);
    zip.addReadStream(source, name, { mtime: NO_TIME, forceDosTimestamp: true });
    await finished(source);
    out.off('close', stop);
  }
  zip.end();
}
