/** Answers of OAuth's endpoints, which have a shape of their own for what they refuse (RFC 6749, section 5.2). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type OAuthErrorCode, OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { asExpected, HTTP_STATUS, pathOf } from '../error-reply.ts';

/** Nothing of such an answer may be kept by anybody between. */
export function forbidKeeping(reply: FastifyReply): void {
  void reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
}

/** Everything that is refused, and bugs as 500. */
export function replyWithRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logFailure: HttpDependencies['logFailure'],
): FastifyReply {
  const refusal = error instanceof OAuthRefusal ? error : translate(error, request, logFailure);
  const { status, message, retryAfterSeconds } = refusal;
  forbidKeeping(reply);
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="waybill"');
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
  return reply
    .code(status)
    .type('application/json')
    .send({ error: refusal.error, error_description: message.replaceAll(/["\\]|[^\x20-\x7E]/g, "'") });
}

const RETRY_AFTER_SECONDS = 2;

function translate(
  error: unknown,
  request: FastifyRequest,
  logFailure: HttpDependencies['logFailure'],
): OAuthRefusal {
  const expected = asExpected(error, request);
  if (expected === undefined) {
    logFailure({ requestId: request.id, method: request.method, url: pathOf(request), error });
    const message = 'Something went wrong inside the server. Its log names this request.';
    return new OAuthRefusal('server_error', message, { status: 500 });
  }
  const status = HTTP_STATUS[expected.code];
  const code: OAuthErrorCode = status >= 500 ? 'temporarily_unavailable' : 'invalid_request';
  return new OAuthRefusal(code, expected.message, {
    status,
    ...(status === 503 && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
  });
}
