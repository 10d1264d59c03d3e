/** Sealing everything anew while the server runs: the old key stays in the file until nothing needs it. */
import type { Pool } from 'pg';
import { AppError } from '../../core/errors.ts';
import { inTransaction, type Queryable } from '../database.ts';
import { addKey, createKeyFile } from './key-file.ts';
import {
  countSealed,
  findSealedColumns,
  replaceSealed,
  type SealedColumn,
  selectSealedOtherwise,
} from './sealed-columns.ts';
import type { SealingKey } from './sealing-key.ts';
import { registerKey, type Secrets } from './secrets.ts';

export interface KeyInUse {
  readonly id: string;
  /** The first of the file: it seals what comes. */
  readonly isWriting: boolean;
  /** False: secrets need it, and it is lost. */
  readonly isInFile: boolean;
  /** Texts that are sealed with it. */
  readonly secrets: number;
}

export interface Rotation {
  /** Texts that were sealed anew. */
  readonly resealed: number;
  readonly keys: readonly KeyInUse[];
}

/** Another than that of making a key known, which waits for nobody. */
const ROTATION_LOCK = 8_140_018;
const BATCH = 100;

/** Keys of the file, in order, and those that are needed besides. */
export async function listKeysInUse(pool: Pool, secrets: Secrets): Promise<readonly KeyInUse[]> {
  const counts = await countSealed(pool);
  const inFile = await secrets.keys();
  const lost = [...counts.keys()].filter((id) => !inFile.some((key) => key.id === id));
  return [
    ...inFile.map(({ id }, place) => ({
      id,
      isWriting: place === 0,
      isInFile: true,
      secrets: counts.get(id) ?? 0,
    })),
    ...lost.map((id) => ({ id, isWriting: false, isInFile: false, secrets: counts.get(id) ?? 0 })),
  ];
}

/**
 * Puts a new key first, unless the first one has sealed nothing yet, and seals with it whatever another one has sealed.
 *
 * @throws AppError `request.conflict` while another rotation runs; `secrets.key_missing`, `secrets.unreadable`, `config.invalid`
 */
export async function rotateSecrets(pool: Pool, secrets: Secrets): Promise<Rotation> {
  return inTransaction(pool, async (db) => {
    const { rows } = await db.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [
      ROTATION_LOCK,
    ]);
    if (rows[0]?.held !== true)
      throw new AppError(
        'request.conflict',
        'The secrets are being sealed anew already. Wait until that has ended.',
      );
    await secrets.check();
    const key = await provideNewKey(pool, secrets);
    let resealed = 0;
    for (const column of await findSealedColumns(pool)) {
      resealed += await resealColumn(pool, secrets, { column, key });
    }
    await forgetUnused(pool, key.id);
    return { resealed, keys: await listKeysInUse(pool, secrets) };
  });
}

async function provideNewKey(pool: Pool, secrets: Secrets): Promise<SealingKey> {
  const [first] = await secrets.keys();
  const isFresh = first !== undefined && ((await countSealed(pool)).get(first.id) ?? 0) === 0;
  if (first === undefined) await createKeyFile(secrets.keyFile);
  else if (!isFresh) await addKey(secrets.keyFile);
  const [key] = await secrets.keys();
  if (key === undefined) throw new Error(`${secrets.keyFile} has no key`);
  await registerKey(pool, key);
  return key;
}

/** Row by row: who writes one meanwhile wins, and is looked at again. */
async function resealColumn(
  pool: Pool,
  secrets: Secrets,
  { column, key }: { column: SealedColumn; key: SealingKey },
): Promise<number> {
  let count = 0;
  let after = '';
  for (;;) {
    const batch = await selectSealedOtherwise(pool, column, { keyId: key.id, after, limit: BATCH });
    for (const value of batch) {
      const text = await secrets.open(value, value.sealed);
      if (await replaceSealed(pool, column, value, await secrets.seal(value, text))) count += 1;
    }
    const last = batch.at(-1);
    if (last === undefined) return count;
    after = last.row;
  }
}

/** Keys that seal nothing any more; the file keeps them, for backups of the database. */
async function forgetUnused(db: Queryable, writing: string): Promise<void> {
  const counts = await countSealed(db);
  await db.query('delete from waybill.sealing_keys where id <> all ($1)', [[writing, ...counts.keys()]]);
}
