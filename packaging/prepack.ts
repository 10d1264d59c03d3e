/**
 * `npm pack` and `npm publish` run this first: compiled files with their declarations into dist/, and the files that the demo
 * needs, since the package they come from is only a development dependency.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PUBLIC_FILES } from '../src/sandbox/public-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VEGA_DATASETS = join(ROOT, 'node_modules/vega-datasets');
const DIST = join(ROOT, 'dist');
const DEMO_DATA = join(DIST, 'demo-data');

// What an earlier version has left behind would be published too.
await rm(DIST, { recursive: true, force: true });
const compiled = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);

await mkdir(DEMO_DATA);
for (const name of PUBLIC_FILES) {
  const content = await readFile(join(VEGA_DATASETS, 'data', name));
  await writeFile(join(DEMO_DATA, `${name}.gz`), gzipSync(content, { level: 9 }));
}
const { version } = JSON.parse(await readFile(join(VEGA_DATASETS, 'package.json'), 'utf8')) as {
  version: string;
};
const notice = await readFile(join(ROOT, 'packaging/demo-data-notice.txt'), 'utf8');
await writeFile(join(DEMO_DATA, 'NOTICE'), notice.replace('{version}', version));
await cp(join(ROOT, 'packaging/vega-datasets-license.txt'), join(DEMO_DATA, 'LICENSE'));
