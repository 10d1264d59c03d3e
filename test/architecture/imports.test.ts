/** Holds every import, types too, against the table of ARCHITECTURE.md: who may import whom. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findCycles, ROOT, readSources, type SourceText } from './source-tree.ts';

const ALL = ['*'] as const;

/** Folders, and files directly in src/ by their name. What is not here may not exist. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  formats: ['core'],
  collections: ['core'],
  protocols: ['core'],
  transfer: ['core'],
  targets: ['core', 'collections'],
  store: ['core', 'collections'],
  access: ['core', 'store'],
  worker: ['core', 'formats', 'collections', 'transfer', 'targets', 'store'],
  actions: ['core', 'formats', 'collections', 'protocols', 'access', 'store'],
  http: ['core', 'formats', 'collections', 'protocols', 'access', 'store', 'actions'],
  web: ['core', 'store'],
  sdk: ['core', 'protocols'],
  config: ['core'],
  sandbox: ['core', 'config', 'access', 'protocols', 'store', 'actions', 'http', 'sdk', 'server'],
  cli: ['config', 'server', 'sandbox', 'sdk', 'core'],
  server: ALL,
  index: ALL,
};

/** Pure: they compute, and touch neither files nor network nor processes. */
const PURE_AREAS = ['core', 'collections', 'protocols'];
const PURE_BUILTINS = ['node:buffer', 'node:crypto', 'node:net', 'node:util'];

/** SQL statements as they begin; `select` alone is also an English word. */
const SQL =
  /(^|[`'"(;\s])(select\s[^'"`]*\sfrom\s|insert into\s|update\s[\w."${}]+\sset\s|delete from\s|(create|alter|drop)\s(table|schema|index|role|database)\s|begin;)/;

const sources = readSources();

test('the sources are found', () => {
  assert.ok(sources.some(({ path }) => path === 'src/core/errors.ts'));
});

for (const area of new Set(sources.map(({ path }) => areaOf(path)))) {
  const own = sources.filter(({ path }) => areaOf(path) === area);

  test(`${area} imports only what it may`, () => {
    const allowed = ALLOWED[area];
    assert.ok(allowed, `src/${area} is not in the table of imports`);
    const refused = own.flatMap(({ path, imports, starts }) =>
      [...imports, ...starts]
        .filter((to) => !isAllowed(area, areaOf(to), allowed))
        .map((to) => `${path} -> ${to}`),
    );
    assert.deepEqual(refused, []);
  });
}

test('every import leads to a file of the sources', () => {
  const known = new Set(sources.map(({ path }) => path));
  // The one way out is package.json, for the version.
  const lost = pairs(sources).filter(([, to]) => !known.has(to) && to !== 'package.json');
  assert.deepEqual(lost, []);
});

test('no file imports itself by a detour', () => {
  assert.deepEqual(
    findCycles(sources).map((cycle) => cycle.join(' -> ')),
    [],
  );
});

test('nobody inside imports the public entry', () => {
  assert.deepEqual(
    pairs(sources).filter(([, to]) => to === 'src/index.ts'),
    [],
  );
});

test('every package is a dependency that is installed with waybill', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  const installed = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  const missing = sources.flatMap(({ path, packages }) =>
    packages
      .filter((name) => !name.startsWith('node:') && !installed.has(packageName(name)))
      .map((name) => `${path} -> ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('pure areas use no builtin that touches the world', () => {
  const refused = sources
    .filter(({ path }) => PURE_AREAS.includes(areaOf(path)))
    .flatMap(({ path, packages }) =>
      packages
        .filter((name) => name.startsWith('node:') && !PURE_BUILTINS.includes(name))
        .map((name) => `${path} -> ${name}`),
    );
  assert.deepEqual(refused, []);
});

test('SQL stands only in store and targets', () => {
  const found = sources
    .filter(({ path }) => !['store', 'targets'].includes(areaOf(path)))
    .flatMap(({ path, texts }) => texts.filter((text) => SQL.test(text)).map((text) => `${path}: ${text}`));
  assert.deepEqual(found, []);
});

test('only the command line reads the environment', () => {
  const found = sources.filter(({ path, usesEnvironment }) => usesEnvironment && areaOf(path) !== 'cli');
  assert.deepEqual(
    found.map(({ path }) => path),
    [],
  );
});

function areaOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

function isAllowed(from: string, to: string, allowed: readonly string[]): boolean {
  return allowed === ALL || from === to || to === 'package.json' || allowed.includes(to);
}

function pairs(files: readonly SourceText[]): (readonly [string, string])[] {
  return files.flatMap(({ path, imports, starts }) =>
    [...imports, ...starts].map((to) => [path, to] as const),
  );
}

function packageName(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}
