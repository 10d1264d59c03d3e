/** Reads files without any of Waybill's own readers, so that a mistake in them cannot hide itself. */

/** A record as one line that is equal exactly when the record is. */
export type RecordLine = string;

/** Records of a CSV file as lines, every value as the text it is; quotes as RFC 4180 has them. */
export function csvLines(text: string): RecordLine[] {
  const [header, ...records] = parseCsv(text);
  return records.map((record) =>
    JSON.stringify(Object.fromEntries(record.map((value, at) => [header?.[at], value]))),
  );
}

function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  return records;
}

/** Records of a parsed JSON array as lines; absent and null are one, names in the order of `fields`. */
export function jsonLines(
  records: readonly Readonly<Record<string, unknown>>[],
  fields: readonly string[],
): RecordLine[] {
  return records.map((record) => JSON.stringify(fields.map((field) => record[field] ?? null)));
}

/** The first difference in words, whatever the order of the records; undefined: there is none. */
export function findDifference(
  wentIn: readonly RecordLine[],
  cameOut: readonly RecordLine[],
): string | undefined {
  const before = wentIn.toSorted();
  const after = cameOut.toSorted();
  const at = before.findIndex((line, index) => line !== after[index]);
  if (at !== -1) return `went in: ${before[at]}; came out at its place: ${after[at] ?? 'nothing'}`;
  return after.length === before.length
    ? undefined
    : `${after.length - before.length} more came out than went in`;
}
