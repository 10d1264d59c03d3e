import { HTTP_LIMITS } from '../limits.ts';

/** What a client would like, by the header `Prefer` (RFC 7240). Preferences that are unknown or malformed are ignored. */
export interface Preference {
  /** How long the answer may wait for something to tell, in seconds; at most the limit `waitSeconds`. */
  readonly waitSeconds?: number;
}

const NONE: Preference = Object.freeze({});

export function parsePreference(header: string | string[] | undefined): Preference {
  if (header === undefined) return NONE;
  for (const item of [header].flat().join(',').split(',')) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(item);
    if (match?.[1] !== undefined)
      return { waitSeconds: Math.min(Number(match[1]), HTTP_LIMITS.waitSeconds.value) };
  }
  return NONE;
}
