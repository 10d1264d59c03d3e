import { AppError } from '../../core/errors.ts';
import type { Compression, Encoding, FormatName } from '../../formats/format.ts';

/** How to read the source; what is absent is found out. */
export interface RequestedDialect {
  readonly format?: FormatName;
  readonly encoding?: Encoding;
  readonly compression?: Compression;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  readonly header?: boolean;
  /** Line with the names, from 1. */
  readonly headerRow?: number;
  readonly skipLines?: number;
  readonly comment?: string;
  /** Of a workbook: its name, or its number from 1. */
  readonly sheet?: string | number;
}

/** As the formats name it. @throws AppError `request.invalid` where members contradict each other */
export function renderDialect(dialect: RequestedDialect | undefined): unknown {
  if (dialect === undefined) return undefined;
  const { header, headerRow, ...members } = dialect;
  if (headerRow !== undefined) {
    const other =
      header === false ? 'header: false' : members.skipLines === undefined ? undefined : 'skipLines';
    if (other !== undefined) {
      throw new AppError(
        'request.invalid',
        `The dialect has headerRow and ${other}, which contradict each other. headerRow: ${headerRow} alone says that the header is on line ${headerRow}.`,
      );
    }
    return { ...members, hasHeader: true, skipLines: headerRow - 1 };
  }
  return header === undefined ? members : { ...members, hasHeader: header };
}
