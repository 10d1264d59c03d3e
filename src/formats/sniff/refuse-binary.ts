import { AppError } from '../../core/errors.ts';

/** Old documents, and those that are encrypted, are containers of streams. */
const OLE = '\xd0\xcf\x11\xe0';
/** The stream that an encrypted workbook lies in. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');

/** First bytes of files that people send by mistake, and what to do about it. */
const SIGNATURES: readonly { bytes: string; name: string; advice?: string }[] = [
  { bytes: '\x89PNG', name: 'a PNG image' },
  { bytes: '\xff\xd8\xff', name: 'a JPEG image' },
  { bytes: 'GIF8', name: 'a GIF image' },
  { bytes: '%PDF-', name: 'a PDF document' },
  {
    bytes: 'PK\x03\x04',
    name: 'a ZIP archive or a workbook',
    advice: 'Unpack it; an Excel workbook is sent as it is, with no other format or compression named',
  },
  {
    bytes: OLE,
    name: 'an old Microsoft Office document (.xls)',
    advice: 'Save it as an Excel workbook (.xlsx) or as CSV',
  },
  { bytes: 'PAR1', name: 'a Parquet file', advice: 'Export it as CSV or JSON Lines' },
  { bytes: 'ARROW1', name: 'an Arrow file', advice: 'Export it as CSV or JSON Lines' },
  { bytes: 'SQLite format 3\0', name: 'an SQLite database', advice: 'Export the table as CSV' },
  { bytes: 'BZh', name: 'a bzip2 archive', advice: 'Use gzip or zstd' },
  { bytes: '\xfd7zXZ', name: 'an xz archive', advice: 'Use gzip or zstd' },
  { bytes: '7z\xbc\xaf', name: 'a 7-Zip archive', advice: 'Unpack it' },
  { bytes: '\x7fELF', name: 'a program' },
];

/** Texts may have a few control characters (a NUL is then an issue of its record); beyond both limits they are none. */
const MAX_CONTROLS = 8;
const MAX_CONTROL_SHARE = 0.05;

const ADVICE = 'Send CSV, JSON Lines or a JSON array';

/** @throws AppError `source.binary` when the bytes begin like a known kind of file that is not text */
export function refuseKnownBinary(bytes: Buffer): void {
  const start = bytes.toString('latin1', 0, 16);
  if (start.startsWith(OLE) && bytes.includes(ENCRYPTED))
    throw binary('it is a workbook that a password protects', 'Save it without one');
  const known = SIGNATURES.find((signature) => start.startsWith(signature.bytes));
  if (known !== undefined && countControls(bytes) > 0)
    throw binary(`it is ${known.name}`, known.advice ?? ADVICE);
}

/** @throws AppError `source.binary` for what is not text; `sample` is decompressed and not UTF-16 */
export function refuseControls(sample: Buffer): void {
  const controls = countControls(sample);
  if (controls <= MAX_CONTROLS || controls <= sample.length * MAX_CONTROL_SHARE) return;
  throw binary(`${controls} of its first ${sample.length} bytes are control characters`, ADVICE);
}

function countControls(sample: Buffer): number {
  let count = 0;
  for (const byte of sample) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) count += 1;
  return count;
}

function binary(reason: string, advice: string): AppError {
  return new AppError('source.binary', `The source is not a text file: ${reason}. ${advice}.`, {
    details: { reason },
  });
}
