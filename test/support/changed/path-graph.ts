/**
 * Which file names which: imports of every form, files that are read or started by their path. Every literal that leads to a file or
 * folder of the repository counts, so that nothing has to be known of what is done with it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../run-command.ts';
import { findFiles } from '../run-group.ts';

/** Paths from the root; a folder ends in `/` and stands for all below it. */
export type PathGraph = ReadonlyMap<string, readonly string[]>;

const CODE = ['src', 'test', 'bench', 'bin', 'packaging'].map((folder) => `${folder}/**/*.{ts,mjs}`);

const LITERAL = /(['"`])((?:\.{0,2}\/)?[\w@.*-]+(?:\/[\w@.*-]*)*)\1/g;
/** `threadUrl('reading-thread', import.meta.url)`: named without its ending, as the built package has another one. */
const THREAD = /threadUrl\('([\w-]+)'/g;
/** What is put together of a folder and a name: any file beside this one may be meant. */
const BESIDE = /`\.\/\$\{/;

export function readPathGraph(): PathGraph {
  return new Map(
    findFiles(CODE).map((path) => [path, findNamed(path, readFileSync(join(ROOT, path), 'utf8'))] as const),
  );
}

/** @param text the source of the file at `path` */
export function findNamed(path: string, text: string): string[] {
  const folder = dirname(path);
  const literals = [...text.matchAll(LITERAL)].flatMap(([, , name = '']) => pathsOf(folder, name));
  const threads = [...text.matchAll(THREAD)].map(([, name = '']) => join(folder, `${name}.ts`));
  const beside = BESIDE.test(text) ? [`${folder}/`] : [];
  return [...new Set([...literals, ...threads, ...beside])].filter((named) => named !== path);
}

/** A literal is meant from the file's own folder, or, with a folder or an ending in it, from the root. */
function pathsOf(folder: string, name: string): string[] {
  const isRelative = name.startsWith('.');
  const candidates = [join(folder, name), ...(isRelative || !/[./]/.test(name) ? [] : [name])];
  return candidates.flatMap((candidate) => {
    if (
      candidate.startsWith('..') ||
      candidate.includes('node_modules') ||
      !existsSync(join(ROOT, candidate))
    )
      return [];
    if (statSync(join(ROOT, candidate)).isFile()) return [candidate];
    const below = `${candidate.replace(/\/$/, '')}/`;
    // A folder above is a way to somewhere else.
    return `${folder}/`.startsWith(below) || (!below.slice(0, -1).includes('/') && !isRelative)
      ? []
      : [below];
  });
}

/** Everything from which a path leads to one of `changed`, these included. */
export function findReaching(graph: PathGraph, changed: readonly string[]): Set<string> {
  const found = new Set(changed);
  const isHit = (named: string) =>
    named.endsWith('/') ? [...found].some((path) => path.startsWith(named)) : found.has(named);
  for (let sizeBefore = -1; sizeBefore !== found.size; ) {
    sizeBefore = found.size;
    for (const [path, names] of graph) if (!found.has(path) && names.some(isHit)) found.add(path);
  }
  return found;
}
