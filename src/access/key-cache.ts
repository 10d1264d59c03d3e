/** What the keys of requests stand for, remembered for some seconds: in the steady state a request with a key costs no query. */
import { timingSafeEqual } from 'node:crypto';
import { hashApiKey, idOfKey, parseApiKey } from './api-key.ts';

/** A key as it is now. */
export interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'valid' | 'expired' | 'revoked';
}

export interface KeyCache {
  /**
   * At once where it is known, which it is for all requests but a few.
   *
   * @returns undefined for what is no key that was ever made; rejects where the keys cannot be read
   */
  find(text: string): KnownKey | undefined | Promise<KnownKey | undefined>;
}

/** A key that was revoked is refused after this time by every process. */
export const KEY_TRUST_MS = 5000;
/** Keys that are remembered; strangers may send any number. */
const MAX_KEPT = 10_000;

interface Kept {
  readonly until: number;
  /** A promise until it is answered. */
  key: KnownKey | undefined | Promise<KnownKey | undefined>;
}

export function createKeyCache(
  load: (sha256: Buffer) => Promise<KnownKey | undefined>,
  now: () => number = () => performance.now(),
): KeyCache {
  /** By hash: what nobody made is remembered, too. */
  const kept = new Map<string, Kept>();
  /** By id: what was made. Comparing takes a tenth of hashing. */
  const proven = new Map<string, { readonly text: Buffer; readonly until: number; readonly key: KnownKey }>();

  function findProven(text: string): KnownKey | undefined {
    const found = proven.get(idOfKey(text));
    if (found === undefined || found.until <= now()) return undefined;
    const given = Buffer.from(text);
    return given.length === found.text.length && timingSafeEqual(given, found.text) ? found.key : undefined;
  }

  function remember(text: string, hash: string, key: Promise<KnownKey | undefined>): void {
    makeRoom(kept);
    const entry: Kept = { until: now() + KEY_TRUST_MS, key };
    kept.set(hash, entry);
    key.then(
      (known) => {
        entry.key = known;
        if (known === undefined) return;
        makeRoom(proven);
        proven.set(idOfKey(text), { text: Buffer.from(text), until: entry.until, key: known });
      },
      // What could not be read is asked again.
      () => kept.delete(hash),
    );
  }

  return {
    find(text) {
      const key = findProven(text);
      if (key !== undefined) return key;
      const sha256 = hashApiKey(text);
      const hash = sha256.toString('latin1');
      const known = kept.get(hash);
      if (known !== undefined && known.until > now()) return known.key;
      if (parseApiKey(text) === undefined) return undefined;
      kept.delete(hash);
      const loaded = load(sha256);
      remember(text, hash, loaded);
      return loaded;
    },
  };
}

/** The oldest goes. */
function makeRoom(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (entries.size >= MAX_KEPT && oldest !== undefined) entries.delete(oldest);
}
