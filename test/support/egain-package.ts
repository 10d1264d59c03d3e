/** Packages of articles, in the form of eGain's data import guide. */
import type { Entries } from './zip.ts';

/** Where the articles are. */
export const ARTICLES = 'package/knowledgehub/articles/';

/** An article whose text is in a file. */
export const ONE = {
  name: 'Order history',
  folder: { path: 'Shop/Orders' },
  content: 'content/order-history.html',
};

/** A package with these articles, or with this in `articles.json`; texts by their path beside it. */
export function packageOf(articles: unknown, texts: Readonly<Record<string, string | Buffer>> = {}): Entries {
  const named = Object.entries(texts).map(([name, text]) => [`${ARTICLES}${name}`, text] as const);
  return {
    'package/knowledgehub/knowledgehub.json': '{}',
    [`${ARTICLES}articles.json`]: typeof articles === 'string' ? articles : JSON.stringify({ articles }),
    ...Object.fromEntries(named),
  };
}
