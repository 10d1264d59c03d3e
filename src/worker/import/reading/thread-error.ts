import { AppError, type ErrorCode, isAppError } from '../../../core/errors.ts';
import type { ThreadError } from './task.ts';

export function packError(error: unknown): ThreadError {
  const { message, stack, code } = error as Error & { code?: unknown };
  return {
    message,
    stack,
    isExpected: isAppError(error),
    ...(typeof code === 'string' && { code }),
    ...(isAppError(error) && { details: error.details, isRetryable: error.isRetryable }),
  };
}

export function unpackError(packed: ThreadError): Error {
  if (packed.isExpected) {
    return new AppError(packed.code as ErrorCode, packed.message, {
      ...(packed.details !== undefined && { details: packed.details }),
      ...(packed.isRetryable !== undefined && { isRetryable: packed.isRetryable }),
    });
  }
  const error = new Error(packed.message);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return packed.code === undefined ? error : Object.assign(error, { code: packed.code });
}
