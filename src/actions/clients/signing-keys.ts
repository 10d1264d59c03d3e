/** The keys of the issuer: made when they are missing, removed when they are over. */
import { createSigningKey } from '../../access/tokens/key-ring.ts';
import { planKeys } from '../../access/tokens/key-schedule.ts';
import {
  changeSigningKeys,
  privateKeyCell,
  type StoredSigningKey,
  selectSigningKeys,
} from '../../store/signing-keys.ts';
import type { ActionDependencies } from '../dependencies.ts';

type Needs = Pick<ActionDependencies, 'pool' | 'secrets'>;

/** Afterwards there is a key that signs, and a next one. */
export async function provideSigningKeys({ pool, secrets }: Needs): Promise<void> {
  const first = planKeys(await selectSigningKeys(pool), new Date());
  if (first.missing.length === 0 && first.over.length === 0) return;
  const made = await Promise.all(first.missing.map((signsFrom) => makeKey(secrets, signsFrom)));
  await changeSigningKeys(pool, (keys) => {
    // Another process may have been faster. Which one signs now comes first, so the last ones are the later ones.
    const { missing, over } = planKeys(keys, new Date());
    return { added: made.slice(made.length - missing.length), removed: over };
  });
}

async function makeKey(secrets: Needs['secrets'], signsFrom: Date): Promise<StoredSigningKey> {
  const { kid, publicJwk, privateJwk } = await createSigningKey();
  const sealed = await secrets.seal(privateKeyCell(kid), JSON.stringify(privateJwk));
  return { kid, publicJwk, sealed, signsFrom };
}
