/** What a file of failed rows is made of, in whichever format. */

/** Added in front; an import ignores source fields with these names. */
export const ADDED_FIELDS = ['waybill_job', 'waybill_record', 'waybill_issues'] as const;

export interface RejectedRecord {
  readonly record: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isReadable: boolean;
  readonly reasons: string;
}

/** How the file of failed rows is put together for one format: bytes before, per record, and after. */
export interface FailedRowsForm {
  readonly extension: string;
  readonly mediaType: string;
  begin(): Buffer;
  record(rejected: RejectedRecord, raw: Buffer, index: number): Buffer;
  end(): Buffer;
  /** Where what is between beginning and end is a sheet in a file. */
  readonly sheets?: {
    readonly maxRecords: number;
    pack(sheets: AsyncIterable<AsyncIterable<Uint8Array>>): AsyncIterable<Uint8Array>;
  };
}

export interface SourceHeader {
  readonly bytes: Buffer;
  readonly fields: readonly string[];
}
