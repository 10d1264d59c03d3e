/** The role and settings that row-level security policies look at, for statements outside the write function. */
import type pg from 'pg';
import type { SessionSettings } from '../../collections/collection.ts';
import { literal } from './quote.ts';

/** Runs `work` in a transaction that has the settings; always rolled back or committed before it returns. */
export async function withSession<T>(
  client: pg.Client,
  session: SessionSettings | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    if (session !== undefined) await client.query(`select ${settingsSql(session).join(', ')}`);
    const value = await work();
    await client.query('commit');
    return value;
  } catch (error) {
    // The connection may be what failed; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Expressions that apply the settings to the current transaction; settings before the role, which may not set them. */
export function settingsSql(session: SessionSettings): string[] {
  const settings = Object.entries(session.settings).map(
    ([name, value]) => `set_config(${literal(name)}, ${literal(value)}, true)`,
  );
  return session.role === undefined
    ? withDefault(settings)
    : [...settings, `set_config('role', ${literal(session.role)}, true)`];
}

function withDefault(expressions: string[]): string[] {
  return expressions.length === 0 ? ['null'] : expressions;
}
