/** How a client shows who it is (RFC 6749, section 2.3): by HTTP Basic or by parameters, and never by both. */
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import type { ClientCredentials } from '../../actions/clients/token-service.ts';
import type { OAuthParameters } from './read-parameters.ts';

/** @throws OAuthRefusal `invalid_client`, or `invalid_request` for several ways at once */
export function readClientCredentials(
  authorization: string | undefined,
  parameters: OAuthParameters,
): ClientCredentials {
  const basic = readBasic(authorization);
  const clientId = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  if (basic === undefined) {
    if (clientId !== undefined && secret !== undefined) return { clientId, secret };
    throw missing();
  }
  if (secret !== undefined)
    throw new OAuthRefusal(
      'invalid_request',
      'The client shows its secret twice: in the header Authorization and as a parameter.',
    );
  if (clientId !== undefined && clientId !== basic.clientId)
    throw new OAuthRefusal(
      'invalid_request',
      'The header Authorization names another client than client_id.',
    );
  return basic;
}

/** Both parts are encoded as in a form before Base64 is. Other schemes are nothing to this endpoint. */
function readBasic(authorization: string | undefined): ClientCredentials | undefined {
  const [, encoded] = /^basic +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, id = '', secret = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (id === '' || secret === '')
    throw new OAuthRefusal('invalid_client', 'The header Authorization has no id and secret.', {
      status: 401,
    });
  return { clientId: formDecode(id), secret: formDecode(secret) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Who does not encode at all means what is written.
    return text;
  }
}

function missing(): OAuthRefusal {
  return new OAuthRefusal(
    'invalid_client',
    'The request shows no client: send client_id and client_secret, as parameters or by HTTP Basic.',
    { status: 401 },
  );
}
