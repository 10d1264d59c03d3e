/** What stands behind `npm test --`: names of groups (folders of test/), test files, folders of them, or globs. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { ROOT } from './run-command.ts';
import { findFiles } from './run-group.ts';

/** Folders of test/ that hold no tests of their own. */
const NO_GROUPS = ['fixtures', 'support'];

export async function listGroups(): Promise<string[]> {
  return (await readdir(join(ROOT, 'test'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !NO_GROUPS.includes(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

/**
 * @returns paths from the root, each once
 * @throws Error for a word that leads to no test file; it lists the groups
 */
export async function selectFiles(words: readonly string[]): Promise<string[]> {
  const groups = await listGroups();
  const selected = await Promise.all(
    words.map(async (word) => {
      const files = groups.includes(word) ? filesBelow(`test/${word}`) : await filesOf(word);
      if (files.length > 0) return files;
      throw new Error(
        `"${word}" is neither a group nor a path or glob of test files (*.test.ts).\nGroups: ${groups.join(', ')}`,
      );
    }),
  );
  return [...new Set(selected.flat())];
}

async function filesOf(word: string): Promise<string[]> {
  const path = relative(ROOT, resolve(ROOT, word)) || 'test';
  if (path.startsWith('..')) return [];
  const isFolder = existsSync(join(ROOT, path)) && (await stat(join(ROOT, path))).isDirectory();
  const files = isFolder ? filesBelow(path) : findFiles([path]);
  return files.filter((file) => /^test\/.*\.test\.ts$/.test(file));
}

function filesBelow(folder: string): string[] {
  return findFiles([`${folder}/**/*.test.ts`]);
}
