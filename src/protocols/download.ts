/** What a download sends. Streams come from whoever mounts the protocol; what is made of them here is pure. */
import type { Issue } from '../core/issue.ts';
import type { Job } from '../core/job.ts';
import type { WireAnswer } from './wire.ts';

/** A file that a job left. */
export interface JobFile {
  readonly name: string;
  readonly kind: string;
  /** The part that it belongs to. */
  readonly part: number;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly records?: number;
  readonly isDeleted: boolean;
}

/** Which records of a result; its header is none. */
export interface RecordSlice {
  /** Records before the first one. */
  readonly offset: number;
  /** At most so many. */
  readonly limit: number;
}

/** What a composed answer may draw from. Everything that may be long is a stream. */
export interface JobContent {
  readonly job: Job;
  readonly files: readonly JobFile[];
  /** Records of a JSONL result, each as the JSON text that is in the file. */
  resultLines(part: number): AsyncIterable<string>;
  /** Records of a CSV result as they are in the file, line ends included; `header` is undefined where it has none. */
  resultBytes(
    part: number,
    slice: RecordSlice,
  ): Promise<{ readonly header: Uint8Array | undefined; readonly records: AsyncIterable<Uint8Array> }>;
  /** The same as texts by column; null where a record has no value. */
  resultTexts(
    part: number,
    slice: RecordSlice,
  ): Promise<{
    readonly header: readonly string[] | undefined;
    readonly records: AsyncIterable<readonly (string | null)[]>;
  }>;
  /** The same of a JSONL source: the first line is record 1. */
  sourceLines(part: number): AsyncIterable<string>;
  /** In the order of the records. */
  issues(part: number): AsyncIterable<Issue>;
}

export type Download =
  | { readonly type: 'answer'; readonly answer: WireAnswer }
  /** A file of the job as it lies there, with ranges and digests. */
  | {
      readonly type: 'file';
      readonly choose: (files: readonly JobFile[]) => JobFile | undefined;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Text or bytes made while they are sent. */
  | {
      readonly type: 'composed';
      readonly mediaType: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly compose: (content: JobContent) => AsyncIterable<string | Uint8Array>;
    };
