/** A JSON document of a request, taken apart into one JSONL upload for each part of the job that it becomes. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { readArrayMember } from '../../formats/json/read-array-member.ts';
import type { Command, SplitFile } from '../../protocols/protocol.ts';
import { getUpload, type Upload } from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { discardUploads } from './discard-upload.ts';
import { receiveUpload } from './uploads.ts';

type Split = Extract<Command, { do: 'split' }>;

/** Characters of lines that are written at once. */
const BATCH = 64 * 1024;

/**
 * The file is gone afterwards. Nothing is left of parts where it is refused.
 *
 * @throws AppError `source.unreadable`, `format.limit_exceeded`, `storage.full`, and what `place` throws
 */
export async function splitFile(
  caller: Caller,
  deps: ActionDependencies,
  command: Split,
): Promise<SplitFile> {
  authorize(caller, 'uploads.create');
  const sources = new Map<string, SourceWriter>();
  try {
    const document = await placeAll({ caller, deps }, command, sources);
    const parts = [];
    for (const [name, source] of sources) {
      const { id } = await source.end();
      parts.push({ name, upload: id, records: source.records });
    }
    return { document, parts };
  } catch (error) {
    for (const source of sources.values()) await source.discard(error as Error);
    throw error;
  } finally {
    await discardUploads(deps, [command.file.upload]);
  }
}

interface Asked {
  readonly caller: Caller;
  readonly deps: ActionDependencies;
}

/** @returns what the document says beside the array */
async function placeAll(
  by: Asked,
  { file, member, place }: Split,
  sources: Map<string, SourceWriter>,
): Promise<unknown> {
  const { deps } = by;
  const { storageKey, sizeBytes } = await getUpload(deps.pool, file.upload);
  const bytes = await deps.files.open(storageKey, sizeBytes);
  const elements = readArrayMember(bytes, member, deps.settings.readLimits);
  try {
    for (let next = await elements.next(); ; next = await elements.next()) {
      if (next.done === true) return next.value;
      const placed = place(next.value);
      if (placed === undefined) continue;
      const source = sources.get(placed.part) ?? new SourceWriter(by);
      sources.set(placed.part, source);
      await source.write(placed.line);
    }
  } finally {
    bytes.destroy();
  }
}

/** Lines that become an upload as they come. */
class SourceWriter {
  records = 0;
  readonly #deps: ActionDependencies;
  readonly #sink = new PassThrough();
  readonly #upload: Promise<Upload>;
  #batch = '';

  constructor({ caller, deps }: Asked) {
    this.#deps = deps;
    this.#upload = receiveUpload(caller, deps, { pieces: this.#sink });
    // Whoever writes or ends is told.
    this.#upload.catch(() => {});
    this.#sink.on('error', () => {});
  }

  async write(line: string): Promise<void> {
    this.records += 1;
    this.#batch += `${line}\n`;
    if (this.#batch.length < BATCH) return;
    const hasRoom = this.#sink.write(this.#batch);
    this.#batch = '';
    if (!hasRoom) await Promise.race([once(this.#sink, 'drain'), this.#upload]);
  }

  end(): Promise<Upload> {
    this.#sink.end(this.#batch);
    return this.#upload;
  }

  async discard(reason: Error): Promise<void> {
    this.#sink.destroy(reason);
    const upload = await this.#upload.catch(() => undefined);
    if (upload !== undefined) await discardUploads(this.#deps, [upload.id]);
  }
}
