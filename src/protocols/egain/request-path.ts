import type { WireRequest } from '../wire.ts';

/** Where the client found this, so that whatever stands before it stays. One slash at its start: two would name a host. */
export function pathOf({ url }: Pick<WireRequest, 'url'>): string {
  return (url.split('?', 1)[0] ?? url).replaceAll(/\/+/g, '/');
}
