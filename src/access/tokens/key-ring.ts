/** The keys of the issuer as one process knows them. */
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { publicJwk, TOKEN_ALGORITHM, type TokenSigner } from './access-token.ts';
import { type ScheduledKey, signingKey } from './key-schedule.ts';

export interface KeptKey extends ScheduledKey {
  readonly publicJwk: object;
}

export interface KeyRing {
  keys(): Promise<readonly KeptKey[]>;
  /** The key that signs now; undefined: there is none. */
  signer(): Promise<TokenSigner | undefined>;
  /** At once where the key is known. */
  find(kid: string): CryptoKey | undefined | Promise<CryptoKey | undefined>;
  /** What is published. */
  publicKeys(): Promise<readonly JWK[]>;
  /** After keys were added. */
  reload(): Promise<void>;
}

/** Every process knows a key that was added long before it signs. */
const RELOAD_MS = 60_000;
/** Whoever sends tokens of keys that nobody has makes us look no more often than this. */
const UNKNOWN_KEY_MS = 1000;

interface Loaded<K extends KeptKey> {
  readonly keys: readonly K[];
  readonly verifiers: ReadonlyMap<string, CryptoKey>;
  readonly at: number;
}

export interface KeyRingParts<K extends KeptKey> {
  readonly load: () => Promise<readonly K[]>;
  /** Gives the private part of a key, a JWK. */
  readonly open: (key: K) => Promise<object>;
  /** Default: of this process. */
  readonly now?: () => number;
}

export function createKeyRing<K extends KeptKey>({
  load,
  open,
  now = () => performance.now(),
}: KeyRingParts<K>): KeyRing {
  let loaded: Loaded<K> | undefined;
  let opened: TokenSigner | undefined;
  let loading: Promise<Loaded<K>> | undefined;

  async function read(): Promise<Loaded<K>> {
    const keys = await load();
    const verifiers = await Promise.all(
      keys.map(async ({ kid, publicJwk: jwk }) => [kid, await importKey(jwk)] as const),
    );
    loaded = { keys, verifiers: new Map(verifiers), at: now() };
    return loaded;
  }

  function refresh(): Promise<Loaded<K>> {
    loading ??= read().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function atMost(ageMs: number): Promise<Loaded<K>> {
    return loaded !== undefined && now() - loaded.at < ageMs ? loaded : refresh();
  }

  return {
    keys: async () => (await atMost(RELOAD_MS)).keys,
    async signer() {
      const { keys } = await atMost(RELOAD_MS);
      const key = signingKey(keys, new Date());
      if (key === undefined) return undefined;
      if (opened?.kid !== key.kid) opened = { kid: key.kid, key: await importKey(await open(key)) };
      return opened;
    },
    find(kid) {
      const known = loaded?.verifiers.get(kid);
      if (known !== undefined) return known;
      return atMost(UNKNOWN_KEY_MS).then(({ verifiers }) => verifiers.get(kid));
    },
    async publicKeys() {
      const { keys } = await atMost(UNKNOWN_KEY_MS);
      return keys.map(({ publicJwk: jwk }) => jwk as JWK);
    },
    async reload() {
      await refresh();
    },
  };
}

async function importKey(jwk: object): Promise<CryptoKey> {
  return (await importJWK(jwk as JWK, TOKEN_ALGORITHM)) as CryptoKey;
}

/** A new key, as JWKs. */
export async function createSigningKey(): Promise<{ kid: string; publicJwk: object; privateJwk: object }> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateJwk: { ...jwk, kid }, publicJwk: publicJwk({ ...jwk, kid }) };
}
