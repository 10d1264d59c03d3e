import { expectToken } from '../../access/bearer-token.ts';
import type { Authorize } from './mounted-protocol.ts';

/** Whoever carries the server's token may do everything. */
export function createTokenCheck(token: string): Authorize {
  const isToken = expectToken(token);
  return ({ authorization }) => {
    if (authorization === undefined) return 'missing';
    return isToken(authorization) ? 'granted' : 'invalid';
  };
}
