/**
 * Turns source records into the chunks that the target writes: shape, own code, judge, and the verdicts of the passes over the whole
 * file, then COPY text. A verdict depends on the record and on those passes alone, never on where a chunk begins.
 */
import type { Judge, JudgedValue } from '../../../collections/judge.ts';
import type { Shaper } from '../../../collections/shape.ts';
import {
  cutIssueValue,
  type Issue,
  type IssueCode,
  type IssueParams,
  type IssueSeverity,
} from '../../../core/issue.ts';
import { isReadable, type SourceRecord, type SourceValue } from '../../../formats/format.ts';
import type { CopyEncoder } from '../../../targets/postgres/copy-encoder.ts';
import type { Chunk } from '../../../targets/target.ts';
import type { JudgingClock } from './judging-clock.ts';
import type { OwnCode } from './own-code.ts';

/** What passes over the whole file have found about single records; asked in record order. */
export interface Verdicts {
  /** undefined: nothing; `skip`: another record of the same key counts; else the issues that reject it. */
  of(record: number): 'skip' | readonly Objection[] | undefined;
}

/** Why a record is rejected whatever its own values are. */
export interface Objection {
  readonly code: IssueCode;
  readonly params: IssueParams;
  /** Where it is about one. */
  readonly field?: string;
}

/** A few MB of them. */
const MAX_CHUNK_ISSUES = 5_000;

export interface ChunkBuilderOptions {
  /** Names of the source's fields; grows for JSON. */
  readonly sourceFields: readonly string[];
  readonly shaper: Shaper;
  readonly judge: Judge;
  readonly encoder: CopyEncoder;
  readonly verdicts: Verdicts;
  readonly ownCode: OwnCode | undefined;
  readonly clock: JudgingClock;
  /** Mode `replace` must know what not to delete. */
  readonly keepRejectedKeys: boolean;
  /** Fields of rejected records that others may refer to. */
  readonly keepRejectedValues: readonly string[];
}

export interface ChunkBuilder {
  readonly records: number;
  readonly sizeBytes: number;
  /** Takes the first of these records, at least one, and gives how many: fewer than all where the chunk is full before. */
  add(records: readonly SourceRecord[]): Promise<number> | number;
  /** No more is to be added, since judging has taken long, or there are many issues. */
  readonly isFull: boolean;
  /** How many records may be added at once. */
  readonly mostAtOnce: number;
  /** The chunk so far; undefined when there is none. The builder is empty afterwards. */
  take(): Chunk | undefined;
}

export function createChunkBuilder(options: ChunkBuilderOptions): ChunkBuilder {
  const { encoder, judge, shaper, verdicts, sourceFields, clock } = options;
  const values: SourceValue[] = [];
  const judged: JudgedValue[] = [];
  let first: SourceRecord | undefined;
  let last: SourceRecord | undefined;
  let rejectedRecords: number[] = [];
  let skipped = 0;
  let skippedWarned = 0;
  let issues: Issue[] = [];
  /** Records with issues, until `finish` has looked for their keys. */
  const reported = new Set<number>();
  /** Keys of the records with issues. */
  const issueKeys = new Map<number, readonly string[]>();
  let rejectedKeys: string[][] = [];
  let rejectedValues: Record<string, string>[] = [];
  const keptPositions = options.keepRejectedValues.flatMap((name) => {
    const position = shaper.fields.indexOf(name);
    return position === -1 ? [] : [[name, position] as const];
  });
  let warnings = 0;
  let current: SourceRecord;

  function report(
    fieldName: string | undefined,
    code: IssueCode,
    params: IssueParams,
    value: string | undefined,
    severity: IssueSeverity,
  ): void {
    if (severity === 'warning') warnings += 1;
    reported.add(current.number);
    issues.push({
      severity,
      code,
      params,
      record: current.number,
      line: current.line,
      byteOffset: current.startByte,
      byteLength: current.endByte - current.startByte,
      ...(fieldName !== undefined && { field: fieldName }),
      ...(value !== undefined && { value: cutIssueValue(value) }),
    });
  }

  const onIssue = (
    position: number,
    code: IssueCode,
    params: IssueParams,
    value: string | undefined,
    severity: IssueSeverity,
    sourceField?: string,
  ) => report(sourceField ?? shaper.fields[position], code, params, value, severity);

  /** False: the record is not to be judged, it ended here. */
  function begin(record: SourceRecord): boolean {
    first ??= record;
    last = record;
    current = record;
    warnings = 0;
    if (record.problems !== undefined) {
      for (const problem of record.problems) {
        const field = problem.fieldIndex === undefined ? undefined : sourceFields[problem.fieldIndex];
        report(field, problem.code, problem.params, problem.value, problem.severity ?? 'error');
      }
      if (!isReadable(record)) {
        rejectedRecords.push(record.number);
        return false;
      }
    }
    if (record.isRemark === true) skip();
    return record.isRemark !== true;
  }

  function skip(): void {
    skipped += 1;
    if (warnings > 0) skippedWarned += 1;
  }

  /** Ends a record that was shaped; most have no issue, and then nobody reads their key. */
  function finish(record: SourceRecord, shaped: readonly SourceValue[], wasAccepted: boolean): void {
    current = record;
    settle(record, shaped, wasAccepted);
    if (!reported.delete(record.number)) return;
    const key = judge.issueKeyOf(shaped);
    if (key !== undefined) issueKeys.set(record.number, key);
  }

  /** Judges what was shaped and appends the row, unless somebody objects. */
  function settle(record: SourceRecord, shaped: readonly SourceValue[], wasAccepted: boolean): void {
    const verdict = verdicts.of(record.number);
    if (verdict === 'skip') {
      skip();
      return;
    }
    let isAccepted = judge.record(shaped, judged, onIssue) && wasAccepted;
    for (const objection of verdict ?? []) {
      report(objection.field, objection.code, objection.params, undefined, 'error');
      isAccepted = false;
    }
    if (isAccepted) encoder.append(record, warnings > 0, judged);
    else reject(shaped);
  }

  function reject(shaped: readonly SourceValue[]): void {
    rejectedRecords.push(current.number);
    const key = options.keepRejectedKeys ? judge.keyOf(shaped) : undefined;
    if (key !== undefined) rejectedKeys.push(key.split('\0'));
    if (keptPositions.length === 0) return;
    const kept = keptPositions.map(([name, position]) => [name, judge.valueOf(shaped, position)] as const);
    rejectedValues.push(
      Object.fromEntries(kept.filter((one): one is [string, string] => one[1] !== undefined)),
    );
  }

  /** The issues of a chunk are in memory at once, and a record may have as many as it has fields. */
  function hasManyIssues(): boolean {
    return issues.length >= MAX_CHUNK_ISSUES;
  }

  function addPlain(records: readonly SourceRecord[]): number {
    let taken = 0;
    clock.start();
    for (const record of records) {
      taken += 1;
      if (begin(record)) {
        const isShaped = shaper.record(record.values, values, onIssue);
        finish(record, values, isShaped);
      }
      if (clock.tick() || hasManyIssues()) break;
    }
    clock.stop();
    return taken;
  }

  /** All of them: what own code has seen together it is not shown again. */
  async function addThroughOwnCode(records: readonly SourceRecord[], ownCode: OwnCode): Promise<number> {
    const batch: { record: SourceRecord; values: SourceValue[]; isShaped: boolean; warnings: number }[] = [];
    for (const record of records) {
      if (!begin(record)) continue;
      const isShaped = shaper.record(record.values, values, onIssue);
      batch.push({ record, values: [...values], isShaped, warnings });
    }
    const findings = await ownCode(batch);
    clock.start();
    for (const [index, { record, values: shaped, isShaped, warnings: before }] of batch.entries()) {
      current = record;
      warnings = before;
      let isAccepted = isShaped;
      for (const finding of findings[index] ?? []) {
        report(finding.field, finding.code, finding.params, finding.value, finding.severity);
        if (finding.severity === 'error') isAccepted = false;
      }
      finish(record, shaped, isAccepted);
    }
    // Problems of bytes were reported before, findings of own code after: both go out in record order.
    issues.sort((a, b) => a.record - b.record);
    rejectedRecords.sort((a, b) => a - b);
    clock.stop();
    return records.length;
  }

  return {
    get records() {
      return first === undefined || last === undefined ? 0 : last.number - first.number + 1;
    },
    get sizeBytes() {
      return encoder.sizeBytes;
    },
    mostAtOnce: Math.max(1, Math.floor(MAX_CHUNK_ISSUES / Math.max(1, shaper.fields.length))),
    get isFull() {
      return clock.isOver || hasManyIssues();
    },
    add(records) {
      return options.ownCode === undefined ? addPlain(records) : addThroughOwnCode(records, options.ownCode);
    },
    take() {
      if (first === undefined || last === undefined) return undefined;
      const chunk: Chunk = {
        firstRecord: first.number,
        lastRecord: last.number,
        startByte: first.startByte,
        endByte: last.endByte,
        endLine: last.endLine,
        rowCount: encoder.rowCount,
        rows: encoder.take(),
        rejectedRecords,
        skipped,
        skippedWarned,
        issues: withKeys(issues, issueKeys),
        ...(options.keepRejectedKeys && { rejectedKeys }),
        ...(keptPositions.length > 0 && { rejectedValues }),
      };
      clock.reset();
      first = undefined;
      last = undefined;
      rejectedRecords = [];
      skipped = 0;
      skippedWarned = 0;
      issues = [];
      reported.clear();
      issueKeys.clear();
      rejectedKeys = [];
      rejectedValues = [];
      return chunk;
    },
  };
}

function withKeys(issues: readonly Issue[], keys: ReadonlyMap<number, readonly string[]>): readonly Issue[] {
  return issues.map((issue) => {
    const key = keys.get(issue.record);
    return key === undefined ? issue : { ...issue, key };
  });
}
