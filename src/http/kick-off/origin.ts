import type { IncomingHttpHeaders } from 'node:http';
import type { Origin } from '../../actions/start-job/kick-off.ts';

/** What the headers of a kick-off say about the request itself. */
export function parseOrigin(headers: IncomingHttpHeaders): Origin {
  const key = headers['idempotency-key'];
  const traceparent = parseTraceparent(headers['traceparent']);
  return {
    ...(typeof key === 'string' && { idempotencyKey: key }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** Version, trace id, parent id and flags; a later version may have more behind them. */
const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-[0-9a-f]{2}(?<more>-.*)?$/;

/**
 * A traceparent that is valid, cut to what is known of it; others are ignored, as the recommendation says.
 *
 * Source: W3C Trace Context, 3.2 and 4.3
 */
export function parseTraceparent(header: string | string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  const parts = TRACEPARENT.exec(text)?.groups;
  if (parts === undefined || parts['version'] === 'ff') return undefined;
  if (parts['version'] === '00' && parts['more'] !== undefined) return undefined;
  if (/^0+$/.test(parts['trace'] ?? '') || /^0+$/.test(parts['parent'] ?? '')) return undefined;
  return text.slice(0, '00-'.length + 32 + 1 + 16 + 1 + 2);
}
