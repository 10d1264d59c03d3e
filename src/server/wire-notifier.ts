import type { Pool } from 'pg';
import type { MountedProtocol } from '../http/mount/mounted-protocol.ts';
import { renderNotification } from '../http/render-notification.ts';
import type { AddressGuard } from '../transfer/http/guard-address.ts';
import { postJson } from '../transfer/http/post-json.ts';
import { createNotifier, type Notification, type RenderedNotification } from '../worker/notifier.ts';
import type { Service } from '../worker/service.ts';
import { readVersion } from './version.ts';

/**
 * The service that tells others of jobs.
 *
 * @param parts.protocols put their own jobs into words; where one is not mounted any more, the try fails
 */
export function wireNotifier(parts: {
  readonly pool: Pool;
  readonly guard: AddressGuard;
  readonly protocols: readonly MountedProtocol[];
  readonly onError: (error: unknown) => void;
}): Service {
  const { pool, guard, protocols, onError } = parts;
  const version = readVersion();
  return createNotifier({
    pool,
    onError,
    post: (request) => postJson({ guard, version }, request),
    render: (notification) => renderInWordsOf(protocols, notification),
  });
}

function renderInWordsOf(
  protocols: readonly MountedProtocol[],
  notification: Notification,
): RenderedNotification {
  const { origin, number } = notification.job;
  if (origin === undefined) return renderNotification(notification);
  const mounted = protocols.find(({ protocol }) => protocol.name === origin.protocol);
  const rendered = mounted?.bound.renderNotification?.(notification.job, new Date());
  if (rendered !== undefined) return rendered;
  throw new Error(`Nobody here can tell of job ${number} in the words of "${origin.protocol}".`);
}
