import type { Pool } from 'pg';
import { renderNotification } from '../http/render-notification.ts';
import type { AddressGuard } from '../transfer/http/guard-address.ts';
import { postJson } from '../transfer/http/post-json.ts';
import { createNotifier, type Notification, type RenderedNotification } from '../worker/notifier.ts';
import type { Service } from '../worker/service.ts';
import { readVersion } from './version.ts';

/** Puts a notification into words. */
export type NotificationForm = (notification: Notification) => RenderedNotification;

/**
 * The service that tells others of jobs.
 *
 * @param parts.forms by the name that jobs have in `notify.form`, beside `native`; one that is not here fails the try
 */
export function wireNotifier(parts: {
  readonly pool: Pool;
  readonly guard: AddressGuard;
  readonly forms: Readonly<Record<string, NotificationForm>>;
  readonly onError: (error: unknown) => void;
}): Service {
  const { pool, guard, onError } = parts;
  const forms: Readonly<Record<string, NotificationForm>> = { ...parts.forms, native: renderNotification };
  const version = readVersion();
  return createNotifier({
    pool,
    onError,
    post: (request) => postJson({ guard, version }, request),
    render(notification) {
      const form = forms[notification.form];
      if (form === undefined) {
        throw new Error(
          `Job ${notification.job.number} shall be told of in the form "${notification.form}", which this server does not have.`,
        );
      }
      return form(notification);
    },
  });
}
