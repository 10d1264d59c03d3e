/** Packages of articles, in the form of eGain's data import guide. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Entries, zipOf } from './zip.ts';

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

/** In place of what was there. */
export async function putFolder(folder: string, entries: Entries): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(entries)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

export async function putZip(path: string, archive: Entries | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, archive instanceof Uint8Array ? archive : await zipOf(archive));
}
