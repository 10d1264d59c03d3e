/** Public files that come with the package: real records for the demo and the sandbox. packaging/demo-data-notice.txt says whose they are. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export const PUBLIC_FILES = [
  'zipcodes.csv',
  'movies.json',
  'species.csv',
  'flights-200k.json',
  'airports.csv',
  'birdstrikes.csv',
  'flights-airport.csv',
] as const;
export type PublicFile = (typeof PUBLIC_FILES)[number];

/** In the installed package `prepack` has put them beside the compiled files; a checkout has them as a development dependency. */
const PACKED = new URL('../demo-data/', import.meta.url);
const INSTALLED = new URL('../../node_modules/vega-datasets/data/', import.meta.url);

/** @throws Error when neither place has the file, which is a mistake of the package */
export async function readPublicFile(name: PublicFile): Promise<Buffer> {
  const packed = fileURLToPath(new URL(`${name}.gz`, PACKED));
  if (existsSync(packed)) return promisify(gunzip)(await readFile(packed));
  return readFile(new URL(name, INSTALLED));
}

/**
 * Records of a CSV file by the names of its header. For files as these are: in UTF-8, and nowhere a line break within quotes.
 *
 * @param takes the first of this many records; default all
 */
export async function readPublicTable(
  name: PublicFile,
  { every = 1, most }: { every?: number; most: number },
): Promise<Readonly<Record<string, string>>[]> {
  const lines = (await readPublicFile(name)).toString().trimEnd().split(/\r?\n/);
  const header = splitLine(lines[0] ?? '');
  const chosen = lines.slice(1).filter((_, index) => index % every === 0);
  return chosen.slice(0, most).map((line) => {
    const values = splitLine(line);
    return Object.fromEntries(header.map((title, at) => [title, values[at] ?? '']));
  });
}

function splitLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
