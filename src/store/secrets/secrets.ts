/** Sealing and opening, for whoever keeps a secret in the database. The key file is made when the first secret comes. */
import { stat } from 'node:fs/promises';
import type { Pool } from 'pg';
import { AppError } from '../../core/errors.ts';
import { inTransaction, type Queryable } from '../database.ts';
import { createKeyFile, readKeys } from './key-file.ts';
import { countSealed } from './sealed-columns.ts';
import { type Cell, keyIdOf, openText, type SealingKey, sealText } from './sealing-key.ts';

export interface Secrets {
  /**
   * A text for a column of the type `waybill.sealed`.
   *
   * @throws AppError `secrets.key_missing` where the database has secrets that the key file does not open; `config.invalid`
   */
  seal(cell: Cell, text: string): Promise<string>;
  /** @throws AppError `secrets.key_missing`, `secrets.unreadable` */
  open(cell: Cell, sealed: string): Promise<string>;
  /** Whether all that is sealed can be opened: asked at the start. @throws AppError `secrets.key_missing`, `config.invalid` */
  check(): Promise<void>;
  /** The keys of the file, in order, as it is now. */
  keys(): Promise<readonly SealingKey[]>;
  readonly keyFile: string;
}

/** What each key seals in the register, so that it is known which keys there must be, and that they are the right ones. */
const CANARY_TEXT = 'canary';
/** Of an advisory lock: one at a time makes a key known. */
const LOCK = 8_140_017;

export function createSecrets({ pool, keyFile }: { readonly pool: Pool; readonly keyFile: string }): Secrets {
  const keys = watchKeys(keyFile);
  /** Ids of keys that stand in the register. */
  const registered = new Set<string>();

  async function getKey(id: string): Promise<SealingKey> {
    const found = (await keys()).find((key) => key.id === id);
    if (found === undefined) throw missing([id], keyFile);
    return found;
  }

  async function provideKey(): Promise<SealingKey> {
    const [first] = await keys();
    if (first !== undefined && registered.has(first.id)) return first;
    return inTransaction(pool, async (db) => {
      await db.query('select pg_advisory_xact_lock($1)', [LOCK]);
      await checkRegister(db, await keys(), keyFile);
      // Only here is a key made: nothing is sealed yet, or with nothing that was lost.
      if ((await keys()).length === 0) await createKeyFile(keyFile);
      const [key] = await keys();
      if (key === undefined) throw new AppError('config.invalid', `The key file ${keyFile} has no key.`);
      await registerKey(db, key);
      registered.add(key.id);
      return key;
    });
  }

  return {
    keyFile,
    keys,
    async seal(cell, text) {
      return sealText(await provideKey(), cell, text);
    },
    async open(cell, sealed) {
      const key = await getKey(keyIdOf(sealed) ?? '');
      try {
        return openText(key, cell, sealed);
      } catch (error) {
        throw new AppError(
          'secrets.unreadable',
          `The secret in ${cell.table}.${cell.column} of ${cell.row} cannot be opened: it was changed, or belongs to another row. Enter it anew.`,
          { cause: error },
        );
      }
    },
    check: async () => checkRegister(pool, await keys(), keyFile),
  };
}

/** Reads the file again when it has changed. */
function watchKeys(path: string): () => Promise<readonly SealingKey[]> {
  let known: { readonly version: string; readonly keys: readonly SealingKey[] } | undefined;
  return async () => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    const version = found === undefined ? 'none' : `${found.ino} ${found.mtimeNs} ${found.size}`;
    if (known?.version !== version) known = { version, keys: await readKeys(path) };
    return known.keys;
  };
}

/** @throws AppError `secrets.key_missing` for a key that still seals something */
async function checkRegister(db: Queryable, keys: readonly SealingKey[], keyFile: string): Promise<void> {
  const { rows } = await db.query<{ id: string; canary: string; is_new: boolean }>(
    `select id, canary, created_at > clock_timestamp() - interval '1 minute' as is_new
     from waybill.sealing_keys order by created_at, id`,
  );
  const needed = new Set((await countSealed(db)).keys());
  for (const { id, canary, is_new: isNew } of rows) {
    const key = keys.find((each) => each.id === id);
    if (key !== undefined) openCanary(key, canary);
    // What another process is sealing with it just now cannot be seen yet.
    if (isNew) needed.add(id);
  }
  const lost = [...needed].filter((id) => !keys.some((key) => key.id === id));
  if (lost.length > 0) throw missing(lost, keyFile);
}

function openCanary(key: SealingKey, canary: string): void {
  try {
    if (openText(key, canaryCell(key.id), canary) === CANARY_TEXT) return;
  } catch {
    // Said below.
  }
  throw new AppError(
    'secrets.unreadable',
    `Key ${key.id} does not open what proves it in the table waybill.sealing_keys: that row was changed. Restore the database.`,
  );
}

export async function registerKey(db: Queryable, key: SealingKey): Promise<void> {
  await db.query(
    'insert into waybill.sealing_keys (id, canary) values ($1, $2) on conflict (id) do nothing',
    [key.id, sealText(key, canaryCell(key.id), CANARY_TEXT)],
  );
}

function canaryCell(id: string): Cell {
  return { table: 'sealing_keys', row: id, column: 'canary' };
}

function missing(ids: readonly string[], keyFile: string): AppError {
  const [which, has] = ids.length === 1 ? ['the key', 'it is not'] : ['the keys', 'they are not'];
  return new AppError(
    'secrets.key_missing',
    `Secrets in the database are sealed with ${which} ${ids.join(', ')}, and ${has} in the key file ${keyFile}. Restore that file from its copy, or let the setting secrets.keyFile name the right one.`,
    { details: { keys: ids } },
  );
}
