/** The keys that seal secrets in the database: listed, and replaced while everything runs. */
import {
  type KeyInUse,
  listKeysInUse,
  type Rotation,
  rotateSecrets as sealAnew,
} from '../../store/secrets/rotate-secrets.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';

type Dependencies = Pick<ActionDependencies, 'pool' | 'secrets'>;

/** Ids of the keys of the file, and of those that are needed and lost; never a key. */
export async function listSealingKeys(
  caller: Caller,
  { pool, secrets }: Dependencies,
): Promise<readonly KeyInUse[]> {
  authorize(caller, 'secrets.list');
  return listKeysInUse(pool, secrets);
}

/** @throws AppError as `store/secrets/rotate-secrets.ts` */
export async function rotateSecrets(caller: Caller, { pool, secrets }: Dependencies): Promise<Rotation> {
  authorize(caller, 'secrets.rotate');
  return sealAnew(pool, secrets);
}
