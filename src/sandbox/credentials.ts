/** Who may do what in the sandbox. Known to everybody: it is reached from this machine alone, and holds nothing. */
import { expectToken } from '../access/bearer-token.ts';
import type { Access, Authorize } from '../http/mount/mounted-protocol.ts';

interface Credential {
  /** Of the environment line that is printed. */
  readonly variable: string;
  readonly token: string;
  readonly access: Access;
  readonly description: string;
}

export const CREDENTIALS = [
  {
    variable: 'WAYBILL_SANDBOX_TOKEN',
    token: 'sandbox-token-that-may-do-everything',
    access: 'granted',
    description: 'may do everything',
  },
  {
    variable: 'WAYBILL_SANDBOX_TOKEN_FORBIDDEN',
    token: 'sandbox-token-without-permissions',
    access: 'forbidden',
    description: 'has no permission: 403',
  },
  {
    variable: 'WAYBILL_SANDBOX_TOKEN_EXPIRED',
    token: 'sandbox-token-that-has-expired',
    access: 'expired',
    description: 'has expired: 401',
  },
] as const satisfies readonly Credential[];

/** The one that may do everything, in the native API, too. */
export const [{ token: TOKEN }] = CREDENTIALS;

const CHECKS = CREDENTIALS.map(({ token, access }) => ({ isToken: expectToken(token), access }));

export const authorize: Authorize = ({ authorization }) => {
  if (authorization === undefined) return 'missing';
  return CHECKS.find(({ isToken }) => isToken(authorization))?.access ?? 'invalid';
};
