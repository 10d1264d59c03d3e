import { extname } from 'node:path';

/** Where a thread's module lies beside its starter: `.ts` in a checkout, `.js` in the installed package. */
export function threadUrl(name: string, starterUrl: string): URL {
  return new URL(`./${name}${extname(starterUrl)}`, starterUrl);
}
