import type { DialectGuess } from '../../core/job.ts';
import { CsvReader } from '../csv/csv-reader.ts';
import { needsQuotes } from '../csv/csv-writer.ts';
import { decoderFor } from '../decode-text.ts';
import { type CsvDialect, DEFAULT_READ_LIMITS, type SourceRecord } from '../format.ts';
import {
  countKnown,
  countTitles,
  type FoundHeader,
  findHeader,
  MAX_ROWS_ABOVE,
  type Recognise,
} from './find-header.ts';

/** What the user says about a CSV source; the rest is found. */
export type CsvOverrides = Partial<
  Pick<CsvDialect, 'delimiter' | 'quote' | 'escape' | 'hasHeader' | 'skipLines' | 'comment'>
>;

type CsvBase = Pick<CsvDialect, 'encoding' | 'hasBom' | 'compression' | 'skipLines' | 'comment'>;

interface Trial {
  readonly dialect: CsvDialect;
  readonly records: readonly SourceRecord[];
  /** Fields that most records have, and the share of records that have them. */
  readonly fieldCount: number;
  readonly consistency: number;
  readonly score: number;
  /** The score if rows that look like titles stand above the header; the same where none do. */
  readonly titledScore: number;
}

const DELIMITERS = [',', ';', '\t', '|'];

/** Records that are looked at. */
const MAX_RECORDS = 1000;

/** Below this score a delimiter is taken for a character of the text, and the file for one of one column. */
const MIN_SCORE = 0.5;

/** Below this score it is one delimiter of several that may be meant. */
const SURE_SCORE = 0.8;

type GuessedMember = 'delimiter' | 'quote' | 'header' | 'skipLines';

export interface CsvFinding {
  readonly dialect: CsvDialect;
  readonly evidence: Readonly<Record<string, string>>;
  readonly guesses: readonly DialectGuess[];
}

/** Finds delimiter, quote, escape and header by reading the sample in each way and looking how well the records fit together. */
export function sniffCsv(
  sample: Buffer,
  text: string,
  isWhole: boolean,
  own: Pick<CsvBase, 'encoding' | 'hasBom' | 'compression'>,
  overrides: CsvOverrides,
  recognise?: Recognise,
): CsvFinding {
  const lineEnd = sniffLineEnd(text);
  const separator = overrides.skipLines === undefined ? readSeparatorLine(text, recognise) : undefined;
  const { comment, skipLines = separator === undefined ? undefined : 1 } = overrides;
  const base: CsvBase = {
    ...own,
    ...(skipLines !== undefined && skipLines > 0 && { skipLines }),
    ...(comment !== undefined && { comment }),
  };
  const delimiter = overrides.delimiter ?? separator;
  const delimiters = delimiter === undefined ? DELIMITERS : [delimiter];
  const trials = delimiters.flatMap((delimiter) =>
    quotings(text, delimiter, overrides).map(({ quote, escape }) =>
      tryDialect(
        { format: 'csv', ...base, delimiter, quote, escape, hasHeader: false, lineEnd },
        sample,
        isWhole,
      ),
    ),
  );
  const known = mostKnown(trials, recognise);
  const best = pickBest(known);
  const header = findOrTakeHeader(best, overrides, recognise);
  const { quote, escape } = best.dialect;
  const guessed: GuessedMember[] = [];
  if (delimiter === undefined && isDelimiterOpen(best, known)) guessed.push('delimiter');
  if (overrides.quote === undefined && quote !== '"') guessed.push('quote');
  if (overrides.hasHeader === undefined && header.isGuess === true) guessed.push('header');
  if (header.skipEvidence !== undefined) guessed.push('skipLines');
  const skipped = Math.max(header.skipLines, base.skipLines ?? 0);
  const headerLine = header.hasHeader ? lineOf(best, header, sample) : undefined;
  const dialect: CsvDialect = {
    ...best.dialect,
    hasHeader: header.hasHeader,
    ...(skipped > 0 && { skipLines: skipped }),
    ...(headerLine !== undefined && { headerLine }),
  };
  const evidence = describeFinding();
  return {
    guesses: guessed.map((what) => ({
      what,
      value: dialect[what === 'header' ? 'hasHeader' : what] ?? 0,
      because: evidence[what] ?? '',
    })),
    dialect,
    evidence,
  };

  function describeFinding(): Record<string, string> {
    return {
      ...(skipped > 0 && { skipLines: header.skipEvidence ?? describeSkipped(separator) }),
      ...(comment !== undefined && { comment: 'set by the user' }),
      delimiter:
        overrides.delimiter !== undefined
          ? 'set by the user'
          : separator === undefined
            ? describeDelimiter(best)
            : `the first line says "sep=${separator}"`,
      quote: overrides.quote === undefined ? describeQuote(text, quote) : 'set by the user',
      escape: overrides.escape === undefined ? describeEscape(quote, escape) : 'set by the user',
      header: header.evidence,
      lineEnd: `most lines of the sample end with ${JSON.stringify(lineEnd).slice(1, -1)}`,
    };
  }
}

/** What is said is taken; what is not is looked for, but for lines above the header only where neither they nor it are spoken of. */
function findOrTakeHeader(
  { records, fieldCount }: Trial,
  { hasHeader, skipLines }: CsvOverrides,
  recognise: Recognise | undefined,
): FoundHeader {
  if (hasHeader !== undefined) return { hasHeader, evidence: 'set by the user', skipLines: 0 };
  const maxRowsAbove = skipLines === undefined ? MAX_ROWS_ABOVE : 0;
  return findHeader(records, { width: fieldCount, maxRowsAbove, ...(recognise && { recognise }) });
}

/**
 * The first line of files for and from Excel: `sep=;`. It tells the delimiter and is no record. A program that did not know it has
 * written it back with empty cells behind. A field may be called so.
 */
function readSeparatorLine(text: string, recognise: Recognise | undefined): string | undefined {
  const [, line = '', separator] = /^"?(sep=([^\r\n"]))"?\2*(?:[\r\n]|$)/i.exec(text) ?? [];
  return recognise?.([line]) ? undefined : separator;
}

function describeSkipped(separator: string | undefined): string {
  return separator === undefined ? 'set by the user' : 'the first line says which delimiter the file has';
}

/** Its bytes as text; undefined where a line like it could be a record: in a file of one column. */
function lineOf({ records, dialect }: Trial, header: FoundHeader, sample: Buffer): string | undefined {
  const record = records.find(({ line }) => line > header.skipLines);
  if (record === undefined || record.values.length < 2 || record.problems !== undefined) return undefined;
  // A record with these values could not be written in another way.
  if (record.values.every((value) => typeof value === 'string' && needsQuotes(value, dialect)))
    return undefined;
  const bytes = sample.subarray(record.startByte, record.endByte);
  const text =
    dialect.encoding === 'windows-1252'
      ? decoderFor(dialect.encoding)(bytes, 0, bytes.length)
      : bytes.toString();
  return text?.replace(/[\r\n]+$/, '');
}

function quotings(
  text: string,
  delimiter: string,
  overrides: CsvOverrides,
): { quote: string; escape: string }[] {
  const quote = overrides.quote ?? (text.includes('"') || !hasSingleQuoted(text, delimiter) ? '"' : "'");
  if (overrides.escape !== undefined) return [{ quote, escape: overrides.escape }];
  const doubling = { quote, escape: quote };
  return text.includes(`\\${quote}`) && delimiter !== '\\' ? [doubling, { quote, escape: '\\' }] : [doubling];
}

/** True when at least two whole fields are in apostrophes. */
function hasSingleQuoted(text: string, delimiter: string): boolean {
  const cells = text
    .slice(0, 16_384)
    .split(/\r\n|\n|\r/)
    .flatMap((line) => line.split(delimiter));
  return cells.filter((cell) => /^'.*'$/.test(cell)).length >= 2;
}

function tryDialect(dialect: CsvDialect, sample: Buffer, isWhole: boolean): Trial {
  const reader = new CsvReader(dialect, {
    dialect,
    limits: { ...DEFAULT_READ_LIMITS, maxRecordBytes: sample.length + 1 },
  });
  const read = reader.push(sample);
  // The last record of a sample that is cut is cut, too.
  const records = (isWhole ? [...read, ...reader.end()] : read).slice(0, MAX_RECORDS);
  const counts = new Map<number, number>();
  for (const { values } of records) counts.set(values.length, (counts.get(values.length) ?? 0) + 1);
  const [fieldCount, share] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [1, 0];
  const consistency = share / Math.max(1, records.length);
  const broken =
    records.filter((record) => record.problems?.some(isQuoteProblem)).length / Math.max(1, records.length);
  const scoreFrom = (above: number) => {
    const fitting = Math.min(1, share / Math.max(1, records.length - above));
    const headerFits = records[above]?.values.length === fieldCount;
    return fieldCount < 2 ? 0 : fitting * (headerFits ? 1 : 0.5) - broken;
  };
  const titledScore = scoreFrom(countTitles(records, fieldCount, MAX_ROWS_ABOVE));
  return { dialect, records, fieldCount, consistency, score: scoreFrom(0), titledScore };
}

function isQuoteProblem({ code }: { code: string }): boolean {
  return code === 'record.stray_quote' || code === 'record.unclosed_quote';
}

/** Those with which the most names are known: a delimiter that is in values tells no names apart. All, where none are. */
function mostKnown(trials: readonly Trial[], recognise: Recognise | undefined): readonly Trial[] {
  if (recognise === undefined || trials.length < 2) return trials;
  const known = trials.map(({ records }) => countKnown(records, recognise));
  return trials.filter((_, i) => known[i] === Math.max(...known));
}

/**
 * The best score; among equals more fields, and then the first one tried. Titles above the header are thought of only where no delimiter
 * fits without them: to the wrong one, rows without it look like titles.
 */
function pickBest(plain: readonly Trial[]): Trial {
  const isClear = plain.some(({ score }) => score >= SURE_SCORE);
  const trials = isClear ? plain : plain.map((trial) => ({ ...trial, score: trial.titledScore }));
  const [first] = trials.toSorted((a, b) => b.score - a.score || b.fieldCount - a.fieldCount);
  const best = first as Trial;
  return best.score >= MIN_SCORE ? best : (trials[0] as Trial);
}

/** True where the records do not fit together well, or would as well with another delimiter. */
function isDelimiterOpen(best: Trial, trials: readonly Trial[]): boolean {
  const rivals = trials.filter(({ dialect, fieldCount }) => {
    return dialect.delimiter !== best.dialect.delimiter && fieldCount > 1;
  });
  if (best.fieldCount > 1 && best.score < SURE_SCORE) return true;
  return rivals.some((rival) => rival.score >= Math.max(best.score, MIN_SCORE) || best.score < MIN_SCORE);
}

function describeDelimiter({ dialect, fieldCount, consistency, records, score }: Trial): string {
  if (score < MIN_SCORE && fieldCount < 2)
    return 'no delimiter gives records of equal length; the file is read as a single column';
  const share = Math.floor(100 * consistency);
  return `with ${JSON.stringify(dialect.delimiter)}, ${share} % of ${records.length} records have ${fieldCount} ${fieldCount === 1 ? 'field' : 'fields'}`;
}

function describeQuote(text: string, quote: string): string {
  if (quote !== '"') return `whole fields are enclosed in ${quote}, and the sample contains no "`;
  return text.includes(quote)
    ? `${quote} occurs in the sample`
    : `no quotes in the sample; ${quote} is assumed`;
}

function describeEscape(quote: string, escape: string): string {
  return quote === escape
    ? 'quotes inside quotes are doubled (RFC 4180)'
    : `${escape}${quote} occurs inside quotes`;
}

function sniffLineEnd(text: string): CsvDialect['lineEnd'] {
  const counts = { '\r\n': 0, '\n': 0, '\r': 0 };
  for (const [end] of text.matchAll(/\r\n|\n|\r/g)) counts[end as CsvDialect['lineEnd']] += 1;
  if (counts['\r\n'] > counts['\n'] && counts['\r\n'] >= counts['\r']) return '\r\n';
  return counts['\r'] > counts['\n'] ? '\r' : '\n';
}
