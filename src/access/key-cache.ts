/** What the keys of requests stand for, remembered for some seconds: in the steady state a request with a key costs no query. */
import { hashApiKey, parseApiKey } from './api-key.ts';

/** A key as it is now. */
export interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'valid' | 'expired' | 'revoked';
}

export interface KeyCache {
  /** @returns undefined for what is no key that was ever made; rejects where the keys cannot be read */
  find(text: string): Promise<KnownKey | undefined>;
}

/** A key that was revoked is refused after this time by every process. */
export const KEY_TRUST_MS = 5000;
/** Keys that are remembered; strangers may send any number. */
const MAX_KEPT = 10_000;

export function createKeyCache(
  load: (sha256: Buffer) => Promise<KnownKey | undefined>,
  now: () => number = () => performance.now(),
): KeyCache {
  const kept = new Map<string, { readonly until: number; readonly key: Promise<KnownKey | undefined> }>();

  function remember(hash: string, key: Promise<KnownKey | undefined>): void {
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(hash, { until: now() + KEY_TRUST_MS, key });
    // What could not be read is asked again.
    key.catch(() => kept.delete(hash));
  }

  return {
    async find(text) {
      if (parseApiKey(text) === undefined) return undefined;
      const sha256 = hashApiKey(text);
      const hash = sha256.toString('base64');
      const known = kept.get(hash);
      if (known !== undefined && known.until > now()) return known.key;
      kept.delete(hash);
      const key = load(sha256);
      remember(hash, key);
      return key;
    },
  };
}
