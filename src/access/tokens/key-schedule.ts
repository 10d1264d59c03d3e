/** When which key signs: one signs, the next one is published long before it does, and old ones stay until nothing lives that they signed. */

export const KEY_ROTATION_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;
const ROTATION_MS = KEY_ROTATION_DAYS * DAY_MS;
/** Longer than verifiers keep the published keys. */
const PUBLISHED_BEFORE_MS = 600_000;
/** Longer than any token lives. */
const KEPT_AFTER_MS = DAY_MS;

export interface ScheduledKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

export interface KeyPlan {
  /** When the keys that are missing begin to sign. */
  readonly missing: readonly Date[];
  /** Nothing lives any more that these have signed. */
  readonly over: readonly string[];
}

/** The key that signs now. */
export function signingKey<K extends ScheduledKey>(keys: readonly K[], now: Date): K | undefined {
  return keys
    .filter(({ signsFrom }) => signsFrom <= now)
    .toSorted((a, b) => b.signsFrom.getTime() - a.signsFrom.getTime())[0];
}

/** What has to be done so that there is a key that signs, and a next one. */
export function planKeys(keys: readonly ScheduledKey[], now: Date): KeyPlan {
  const current = signingKey(keys, now);
  const hasNext = keys.some(({ signsFrom }) => signsFrom > now);
  const since = current?.signsFrom ?? now;
  const next = new Date(Math.max(since.getTime() + ROTATION_MS, now.getTime() + PUBLISHED_BEFORE_MS));
  return {
    missing: [...(current === undefined ? [now] : []), ...(hasNext ? [] : [next])],
    over: keys.filter((key) => isOver(key, keys, now)).map(({ kid }) => kid),
  };
}

function isOver(key: ScheduledKey, keys: readonly ScheduledKey[], now: Date): boolean {
  return keys.some(
    ({ signsFrom }) => signsFrom > key.signsFrom && signsFrom.getTime() + KEPT_AFTER_MS < now.getTime(),
  );
}
