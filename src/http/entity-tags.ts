/** Entity tags and the conditions on them: RFC 9110, sections 8.8.3 and 13.1. Our own are always strong. */

import { AppError } from '../core/errors.ts';

/** True when the header's list of tags has this one, or is `*`; a weak tag counts only where `isWeakEnough`. */
function lists(header: string, etag: string, isWeakEnough: boolean): boolean {
  if (header.trim() === '*') return true;
  const tags = header.matchAll(/(W\/)?("[^"]*")/g);
  return [...tags].some(([, weak, tag]) => tag === etag && (weak === undefined || isWeakEnough));
}

/** `If-None-Match` of a read: the client has this already, and a 304 is enough. */
export function isKnown(header: string | undefined, etag: string): boolean {
  return header !== undefined && lists(header, etag, true);
}

/** `If-Range`: parts that the client has are of the same file. A date is never strong enough. */
export function isSameFile(header: string | undefined, etag: string): boolean {
  return header === undefined || header.trim() === etag;
}

/** What a write expects to find: `If-Match` and `If-None-Match` as they came. */
export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/**
 * Holds the conditions of a write against what is there now: undefined for nothing.
 *
 * @throws AppError `request.precondition_failed`
 */
export function checkConditions(conditions: WriteConditions, etag: string | undefined, what: string): void {
  if (mayChange(conditions, etag)) return;
  const found = etag === undefined ? 'does not exist' : `is there, with the entity tag ${etag}`;
  throw new AppError(
    'request.precondition_failed',
    `${what} ${found}, which is not what the request expects. Read it again and repeat the change.`,
    etag === undefined ? {} : { details: { etag } },
  );
}

function mayChange(conditions: WriteConditions, etag: string | undefined): boolean {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined && (etag === undefined || !lists(ifMatch, etag, false))) return false;
  return ifNoneMatch === undefined || etag === undefined || !lists(ifNoneMatch, etag, true);
}
