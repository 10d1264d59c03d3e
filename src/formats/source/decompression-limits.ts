import { AppError } from '../../core/errors.ts';

/** What may come of a compressed source, so that a small file cannot hold up a worker or fill the disk. */
export interface DecompressionLimits {
  /** Bytes of one source after decompression. */
  readonly maxBytes: number;
  /** Bytes that each byte of the file may become, on average, where there are more than `allowanceBytes`. */
  readonly maxRatio: number;
  /** As many bytes may come of any file: small ones of records that are much alike reach ratios that large ones do not. */
  readonly allowanceBytes: number;
  /** Time that the decompression of one source may take. */
  readonly maxSeconds: number;
}

export const DEFAULT_DECOMPRESSION_LIMITS: DecompressionLimits = {
  maxBytes: 128 * 1024 ** 3,
  maxRatio: 250,
  allowanceBytes: 128 * 1024 ** 2,
  maxSeconds: 3600,
};

/** The setting that a limit is, which its error names. */
type LimitName =
  | 'limits.decompressedBytes'
  | 'limits.decompressionRatio'
  | 'limits.decompressionAllowanceBytes'
  | 'limits.decompressionSeconds';

/** How much may come of a file of this size, and why no more. */
export interface DecompressedMaximum {
  readonly bytes: number;
  /** Ends a sentence whose subject is the source. */
  readonly words: string;
  readonly limit: LimitName;
}

/**
 * The size of the whole file is what counts, not what has been read of it: so it does not depend on buffers where a source is refused.
 *
 * @param fileBytes of the compressed file
 */
export function decompressedMaximum(limits: DecompressionLimits, fileBytes: number): DecompressedMaximum {
  const byRatio = Math.max(limits.allowanceBytes, limits.maxRatio * fileBytes);
  if (limits.maxBytes <= byRatio) {
    const words = `has more than ${limits.maxBytes} bytes when decompressed (limit: limits.decompressedBytes)`;
    return { bytes: limits.maxBytes, words, limit: 'limits.decompressedBytes' };
  }
  const what = `is ${fileBytes} bytes and becomes more than ${byRatio} when decompressed`;
  const words = `${what}: more than ${limits.maxRatio} bytes for each of its own (limit: limits.decompressionRatio), where ${limits.allowanceBytes} are allowed to any file (limit: limits.decompressionAllowanceBytes)`;
  return { bytes: byRatio, words, limit: 'limits.decompressionRatio' };
}

/** To be called with the bytes so far, often. @throws AppError `format.limit_exceeded` */
export type DecompressionCheck = (decompressedBytes: number) => void;

/** The clock starts now. */
export function createDecompressionCheck(limits: DecompressionLimits, fileBytes: number): DecompressionCheck {
  const maximum = decompressedMaximum(limits, fileBytes);
  const endsAt = performance.now() + limits.maxSeconds * 1000;
  return (bytes) => {
    if (bytes > maximum.bytes) throw tooMuch(`The source ${maximum.words}.`, maximum.limit, maximum.bytes);
    if (performance.now() < endsAt) return;
    throw tooMuch(
      `The source is not decompressed after ${limits.maxSeconds} seconds (limit: limits.decompressionSeconds), and has ${bytes} bytes by then.`,
      'limits.decompressionSeconds',
      limits.maxSeconds,
    );
  };
}

function tooMuch(message: string, limit: LimitName, maximum: number): AppError {
  return new AppError('format.limit_exceeded', message, { details: { limit, maximum } });
}
