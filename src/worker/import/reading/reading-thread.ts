/**
 * The reading thread: bytes to records to judged rows, away from the event loop that holds the connections. Two tasks: the index pass over the
 * whole source (count, keys that occur twice), and reading from a position, a chunk at a time, as credit allows.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import type { Collection } from '../../../collections/collection.ts';
import { createJudge, type Judge } from '../../../collections/judge.ts';
import { parseStoredCollection } from '../../../collections/parse-stored.ts';
import { createShaper, type Shaper } from '../../../collections/shape.ts';
import { DuplicateFinder } from '../../../formats/duplicates/duplicate-finder.ts';
import {
  isReadable,
  isTable,
  type RecordReader,
  type SourceRecord,
  type SourceValue,
} from '../../../formats/format.ts';
import { formatByName } from '../../../formats/formats.ts';
import { indexSource } from '../../../formats/source/index-source.ts';
import { openSeekableSource } from '../../../formats/source/open-seekable-source.ts';
import type { SeekableSource } from '../../../formats/source/seekable-source.ts';
import { createCopyEncoder, createRowCounter } from '../../../targets/postgres/copy-encoder.ts';
import { type ChunkBuilder, createChunkBuilder } from './chunk-builder.ts';
import { createJudgingClock, createSlices } from './judging-clock.ts';
import { loadOwnCode, OWN_BUFFER_BYTES } from './own-code.ts';
import {
  type FromReader,
  type IndexTask,
  type LastWord,
  LOSERS_FILE,
  type ReadingTask,
  type ReadTask,
  type ShapeTask,
  type SourceFacts,
  type SourceTask,
  type ToReader,
} from './task.ts';
import { packError } from './thread-error.ts';
import { openVerdicts } from './verdicts.ts';

const port = parentPort;
if (port === null) throw new Error('the reading thread runs only as a thread');
const tell = (message: FromReader, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

/** A chunk ends at this many bytes, however few records it has by then. */
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const PROGRESS_EVERY_BYTES = 4 * 1024 * 1024;

/** Held here: what waits for own code that never settles is garbage, and its file with it. */
const openSources = new Set<SeekableSource>();

async function withSource<T>(task: SourceTask, work: (source: SeekableSource) => Promise<T>): Promise<T> {
  const source = await openSeekableSource({
    path: task.path,
    dialect: task.dialect,
    hash: task.sha256,
    spoolDir: task.spoolDir,
    decompression: task.decompression,
    onProgress: (doneBytes, totalBytes) => tell({ type: 'progress', doneBytes, totalBytes }),
  });
  openSources.add(source);
  try {
    return await work(source);
  } finally {
    openSources.delete(source);
    await source.close();
  }
}

function createTools(
  shape: ShapeTask,
  isJsonSource: boolean,
  sourceFields: readonly string[],
): { collection: Collection; shaper: Shaper; judge: Judge } {
  const collection = parseStoredCollection(shape.definition);
  const shaper = createShaper({ collection, mapping: shape.mapping, sourceFields });
  const judge = createJudge({
    collection,
    facts: shape.facts,
    fields: shaper.fields,
    mode: shape.mode,
    isJsonSource,
  });
  return { collection, shaper, judge };
}

/** Counts the records and finds the keys that occur more than once. */
async function index(task: IndexTask, source: SeekableSource): Promise<SourceFacts> {
  const { dialect, limits } = task.source;
  mkdirSync(task.workDir, { recursive: true, mode: 0o700 });
  const file = { path: join(task.workDir, LOSERS_FILE), isFileOptional: true };
  const finder = task.duplicates && new DuplicateFinder({ ...task.duplicates, ...file });
  const shape = keysOnly(task.shape);
  let toldBytes = 0;
  let remarks = 0;
  let longestKey = 0;
  const nameless = noteNameless(shape.mapping.nameless ?? []);
  const noteKey = finder && noteKeys(shape, !isTable(dialect), finder);
  const found = await indexSource({
    source,
    format: formatByName(dialect.format),
    dialect,
    limits,
    onRecord(record, fields) {
      nameless.look(record, fields);
      if (record.isRemark === true) remarks += 1;
      else longestKey = Math.max(longestKey, noteKey?.(record, fields) ?? 0);
    },
    wanted: [
      ...shape.mapping.fields.flatMap(({ source }) => source ?? []),
      ...(shape.mapping.nameless ?? []),
    ],
    onProgress(doneBytes, totalBytes) {
      if (doneBytes - toldBytes < PROGRESS_EVERY_BYTES) return;
      toldBytes = doneBytes;
      tell({ type: 'progress', doneBytes, totalBytes });
    },
  });
  return {
    records: found.records,
    ...(remarks > 0 && { remarks }),
    sizeBytes: source.sizeBytes,
    fields: found.fields,
    firstRecordByte: found.firstRecordByte ?? source.sizeBytes,
    losers: (await finder?.finish()) ?? 0,
    ...(finder !== undefined && { longestKey }),
    ...(nameless.valued.size > 0 && { valued: [...nameless.valued] }),
    ...(found.header && { header: found.header }),
  };
}

/** Which of the columns without a name have a value: the others are none. */
function noteNameless(names: readonly string[]) {
  const valued = new Set<string>();
  function look({ values }: SourceRecord, fields: readonly string[]): void {
    for (const name of names) {
      const value = values[fields.indexOf(name)];
      if (value !== undefined && value !== null && value !== '') valued.add(name);
    }
  }
  return { valued, look };
}

/** @returns of each record the length of its key */
function noteKeys(shape: ShapeTask, isJsonSource: boolean, finder: DuplicateFinder) {
  const values: SourceValue[] = [];
  let tools: ReturnType<typeof createTools> | undefined;
  return (record: SourceRecord, fields: readonly string[]) => {
    // A record that cannot be read has no key: it is rejected by itself and beats nobody.
    if (!isReadable(record)) return 0;
    tools ??= createTools(shape, isJsonSource, fields);
    tools.shaper.record(record.values, values, () => {});
    const key = tools.judge.keyOf(values);
    if (key === undefined) return 0;
    finder.add(record.number, key);
    return key.length;
  };
}

/** The index pass looks at the key alone: the other fields would cost as much as judging them. */
function keysOnly(shape: ShapeTask): ShapeTask {
  const { key } = parseStoredCollection(shape.definition);
  const fields = shape.mapping.fields.filter(({ field }) => key.includes(field));
  return { ...shape, mapping: { ...shape.mapping, fields } };
}

/** The main thread's leave to send one more chunk. */
interface Credits {
  grant(maxRecords: number): void;
  take(): Promise<number>;
}

function createCredits(): Credits {
  const granted: number[] = [];
  let wake: (() => void) | undefined;
  return {
    grant(maxRecords) {
      granted.push(maxRecords);
      wake?.();
      wake = undefined;
    },
    async take() {
      for (;;) {
        const maxRecords = granted.shift();
        if (maxRecords !== undefined) return maxRecords;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function read(
  task: ReadTask,
  source: SeekableSource,
  credits: Credits,
  spare: ArrayBuffer[],
): Promise<void> {
  const { dialect, limits } = task.source;
  const verdicts = openVerdicts(task, task.position.record);
  try {
    const reader = formatByName(dialect.format).createReader({
      dialect,
      limits,
      position: task.position,
      fields: task.sourceFields,
    });
    const { collection, shaper, judge } = createTools(task.shape, !isTable(dialect), reader.fields);
    const clock = createJudgingClock(collection);
    const ownCode = await loadOwnCode({
      ...task.shape,
      fields: shaper.fields,
      sensitive: collection.fields.filter(({ rules }) => rules.sensitive).map(({ name }) => name),
      maxBufferBytes: OWN_BUFFER_BYTES + 4 * limits.maxRecordBytes,
    });
    const builder = createChunkBuilder({
      sourceFields: reader.fields,
      shaper,
      judge,
      encoder: task.needsRows ? createCopyEncoder(shaper.fields.length, spare) : createRowCounter(),
      verdicts,
      ownCode,
      clock,
      keepRejectedKeys: task.shape.mode === 'replace',
      keepRejectedValues: task.keepRejectedValues ?? [],
    });
    const slices = createSlices(clock, ownCode !== undefined);
    let maxRecords = await credits.take();
    const give = async (records: ReturnType<RecordReader['push']>): Promise<void> => {
      for (let from = 0; from < records.length; ) {
        const room = Math.min(slices.records, maxRecords - builder.records, builder.mostAtOnce);
        const taken = await builder.add(records.slice(from, from + room));
        slices.look(taken);
        from += taken;
        const isFull = builder.records >= maxRecords || builder.sizeBytes >= MAX_CHUNK_BYTES;
        if (!isFull && !builder.isFull) continue;
        sendChunk(builder);
        maxRecords = await credits.take();
      }
    };
    for await (const piece of source.read(task.position.byte)) await give(reader.push(piece));
    await give(reader.end());
    sendChunk(builder);
  } finally {
    verdicts.close();
  }
}

function sendChunk(builder: ChunkBuilder): void {
  const chunk = builder.take();
  if (chunk === undefined) return;
  tell(
    { type: 'chunk', chunk },
    chunk.rows.map((piece) => piece.buffer as ArrayBuffer),
  );
}

async function run(task: ReadingTask, credits: Credits, spare: ArrayBuffer[]): Promise<LastWord> {
  try {
    if (task.type === 'index') {
      const facts = await withSource(task.source, (source) => index(task, source));
      return { type: 'indexed', facts };
    }
    if (task.position.record <= task.records)
      await withSource(task.source, (source) => read(task, source, credits, spare));
    return { type: 'end' };
  } catch (error) {
    return { type: 'error', error: packError(error) };
  }
}

function keptBytes(): number {
  const { total_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}

/** Both of the task that came last; what comes for an earlier one arrives before it, and is lost with it. */
let credits = createCredits();
let spare: ArrayBuffer[] = [];

port.on('message', (message: ToReader) => {
  switch (message.type) {
    case 'credit':
      credits.grant(message.maxRecords);
      return;
    case 'spare':
      spare.push(...message.memory);
      return;
    case 'task':
      credits = createCredits();
      spare = [];
      // The answer is the last thing of a task: nothing of it is open any more, and the next may come.
      void run(message.task, credits, spare).then((word) => tell({ ...word, keptBytes: keptBytes() }));
  }
});
