/** The server that a person names, instead of the one on a data folder. */
import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import type { ServerAddress } from '../sdk/request.ts';
import { type Cli, type CommonOptions, wrongUsage } from './command-line.ts';

/**
 * From `--url` and `--token`, else from WAYBILL_URL and WAYBILL_TOKEN (or WAYBILL_TOKEN_FILE); undefined when no address is given.
 * An address of the environment gives way to `--data`.
 *
 * @throws AppError `usage.invalid`, `source.unreadable` (the token's file)
 */
export async function findNamedServer(cli: Cli, options: CommonOptions): Promise<ServerAddress | undefined> {
  const { data, url: given } = options;
  if (given !== undefined && data !== undefined) throw wrongUsage('give --url or --data, not both');
  const url = given ?? (data === undefined ? cli.env['WAYBILL_URL'] : undefined);
  if (url === undefined) {
    if (options.token !== undefined) throw wrongUsage('--token can only be used with --url');
    return undefined;
  }
  if (!isWebAddress(url)) {
    const name = given === undefined ? 'WAYBILL_URL' : '--url';
    throw wrongUsage(`${name}: expected an address such as http://127.0.0.1:8140, got "${url}"`);
  }
  const token = (options.token ?? cli.env['WAYBILL_TOKEN'] ?? (await readTokenFile(cli)))?.trim();
  if (!token) throw wrongUsage('--url needs --token (or WAYBILL_TOKEN, or WAYBILL_TOKEN_FILE)');
  return { url, token };
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

async function readTokenFile({ env }: Cli): Promise<string | undefined> {
  const path = env['WAYBILL_TOKEN_FILE'];
  if (path === undefined) return undefined;
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new AppError('source.unreadable', `WAYBILL_TOKEN_FILE: ${error.message}`, { cause: error });
  });
}
