import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** The public files that the demo works on. */
export const DEMO_FILES = ['zipcodes.csv', 'movies.json', 'species.csv', 'flights-200k.json'] as const;
export type DemoFile = (typeof DEMO_FILES)[number];

/** In the installed package `prepack` has put them beside the compiled files; a checkout has them as a development dependency. */
const PACKED = new URL('../../demo-data/', import.meta.url);
const INSTALLED = new URL('../../../node_modules/vega-datasets/data/', import.meta.url);

/** @throws Error when neither place has the file, which is a mistake of the package */
export async function readDemoFile(name: DemoFile): Promise<Buffer> {
  const packed = fileURLToPath(new URL(`${name}.gz`, PACKED));
  if (existsSync(packed)) return promisify(gunzip)(await readFile(packed));
  return readFile(new URL(name, INSTALLED));
}
