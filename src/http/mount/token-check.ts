import { carriesToken } from '../../access/bearer-token.ts';
import type { Authorize } from './mounted-protocol.ts';

/** Whoever carries the server's token may do everything. */
export function createTokenCheck(token: string): Authorize {
  return ({ authorization }) => {
    if (authorization === undefined) return 'missing';
    return carriesToken(authorization, token) ? 'granted' : 'invalid';
  };
}
