/** What a token that is asked for may be for. */
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import { ACTION_NAMES } from '../caller.ts';
import { ALL_SCOPE } from '../roles.ts';

/** RFC 6749, section 3.3. */
export const SCOPE_PATTERN = '^[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,200}$';

/** Scopes that the native API has. */
export const NATIVE_SCOPES: readonly string[] = [ALL_SCOPE, ...ACTION_NAMES];

/**
 * @param requested as the client wrote it; nothing: as much as it may have
 * @param allowed of the client; undefined: whatever there is
 * @param known scopes of the protocols that are served
 * @param isWhole whether a scope stands for as much as the client may have, in the words of a protocol
 * @throws OAuthRefusal `invalid_scope`
 */
export function grantScopes(
  requested: string | undefined,
  allowed: readonly string[] | undefined,
  known: readonly string[],
  isWhole: (scope: string) => boolean = () => false,
): readonly string[] {
  const most = allowed ?? [ALL_SCOPE];
  const wanted = [...new Set((requested ?? '').split(/\s+/).filter(Boolean))];
  if (wanted.length === 0 || wanted.some(isWhole)) return most;
  const unknown = wanted.find((scope) => !NATIVE_SCOPES.includes(scope) && !known.includes(scope));
  if (unknown !== undefined) throw refusal(`There is no scope ${quote(unknown)} on this server.`);
  if (most.includes(ALL_SCOPE)) return wanted;
  const forbidden = wanted.find((scope) => !most.includes(scope));
  if (forbidden !== undefined)
    throw refusal(`The client may not have the scope ${quote(forbidden)}; it may have: ${most.join(' ')}.`);
  return wanted;
}

/** Only what RFC 6749 has in descriptions. */
function quote(scope: string): string {
  return `'${scope.slice(0, 100).replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?')}'`;
}

function refusal(message: string): OAuthRefusal {
  return new OAuthRefusal('invalid_scope', message);
}
