import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type ConfigInputs,
  loadConfig,
  renderConfigSchema,
  renderSettingsTable,
} from '../../../src/config.ts';
import { isAppError } from '../../../src/core/errors.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-config-'));
after(() => rmSync(cwd, { recursive: true }));

function problemsOf(inputs: Omit<ConfigInputs, 'cwd'>): readonly string[] {
  try {
    loadConfig({ cwd, ...inputs });
  } catch (error) {
    assert.ok(isAppError(error, 'config.invalid'));
    return error.details['problems'] as string[];
  }
  return assert.fail('the configuration was taken');
}

function write(name: string, content: unknown): string {
  const path = join(cwd, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('without anything, everything has its default', () => {
  const { config, origins } = loadConfig({ cwd, env: {} });
  assert.equal(config.dataDir, join(cwd, 'waybill-data'));
  assert.equal(config.port, 8140);
  assert.equal(config.storage.minFreeBytes, 512 * 1024 * 1024);
  assert.equal(config.retention.uploads, 7 * 86_400_000);
  assert.equal(config.databaseUrl, undefined);
  assert.ok([...origins.values()].every((origin) => origin === 'default'));
});

test('options go before variables, variables before the file, the file before defaults', () => {
  const file = write('order.json', { port: 1, workers: 3, host: '::1', limits: { depth: 5 } });
  const env = { WAYBILL_PORT: '2', WAYBILL_WORKERS: '4' };
  const { config, origins } = loadConfig({
    cwd,
    file,
    env,
    options: { port: { value: '3', option: '--port' } },
  });
  assert.deepEqual([config.port, config.workers, config.host, config.limits.depth], [3, 4, '::1', 5]);
  assert.equal(origins.get('port'), 'option --port');
  assert.equal(origins.get('workers'), 'variable WAYBILL_WORKERS');
  assert.equal(origins.get('host'), file);
});

test('relative paths start at the file that has them, else at the working folder', () => {
  const { config } = loadConfig({
    cwd: '/somewhere',
    file: write('paths.json', { dataDir: 'data', modules: { transforms: { clean: './clean.ts' } } }),
    env: {},
  });
  assert.equal(config.dataDir, join(cwd, 'data'));
  assert.deepEqual(config.modules.transforms, { clean: join(cwd, 'clean.ts') });
  assert.equal(loadConfig({ cwd, env: { WAYBILL_DATA: 'x' } }).config.dataDir, join(cwd, 'x'));
});

test('locations are folders by the beginning of an address, which ends in a slash', () => {
  const file = write('locations.json', {
    locations: { 's3://bucket/': './exports', 'file:///data/': '/data', '/mnt/share/': '/data' },
  });
  assert.deepEqual(loadConfig({ cwd: '/somewhere', file, env: {} }).config.locations, {
    's3://bucket/': join(cwd, 'exports'),
    'file:///data/': '/data',
    '/mnt/share/': '/data',
  });
  for (const prefix of ['s3://bucket', 'bucket/', '../', '/', '//server/share/', '/mnt/share']) {
    const [problem] = problemsOf({ env: { WAYBILL_LOCATIONS: JSON.stringify({ [prefix]: '/data' }) } });
    assert.match(problem ?? '', /ending in "\/"/, prefix);
  }
});

test('a secret may stand in a file of its own', () => {
  const url = 'postgres://me:secret@db/waybill';
  const { config } = loadConfig({ cwd, env: { WAYBILL_DATABASE_URL_FILE: write('url', `${url}\n`) } });
  assert.equal(config.databaseUrl, url);
});

test('everything that is wrong is said at once, with what was probably meant', () => {
  const file = write('wrong.json', {
    prot: 1,
    limits: { depht: 3, recordBytes: '1 GB' },
    retention: 7,
    databases: { crm: { ulr: 'x' } },
  });
  const problems = problemsOf({
    file,
    env: { WAYBILL_HSOT: 'x', WAYBILL_LOG_LEVEL: 'loud', WAYBILL_TIME_ZONE: 'Mars/Olympus' },
  });
  const expected = [
    /prot is not a setting \(did you mean "port"\?\)/,
    /limits\.depht is not a setting \(did you mean "depth"\?\)/,
    /limits\.recordBytes.*expected a number of bytes/,
    /retention: expected an object, got 7/,
    /"crm": "ulr" is not known here \(did you mean "url"\?\)/,
    /WAYBILL_HSOT is not known \(did you mean "WAYBILL_HOST"\?\)/,
    /logLevel.*debug, info, warn, error/,
    /timeZone.*IANA/,
  ];
  for (const pattern of expected)
    assert.ok(
      problems.some((problem) => pattern.test(problem)),
      `${pattern} in ${problems.join('\n')}`,
    );
  assert.equal(problems.length, expected.length);
});

test('a shell that has read what a sandbox prints can run other commands', () => {
  loadConfig({ cwd, env: { WAYBILL_SANDBOX_URL: 'http://127.0.0.1:8150' } });
});

test('a problem never repeats a secret', () => {
  const problems = problemsOf({ env: { WAYBILL_DATABASE_URL: 'mysql://me:hunter2@db' } });
  assert.equal(problems.length, 1);
  assert.doesNotMatch(problems.join(), /hunter2/);
});

test('a server is only reached from this machine', () => {
  assert.match(problemsOf({ env: { WAYBILL_HOST: '0.0.0.0' } }).join(), /loopback/);
});

test('a named file must exist and be JSON; the usual one may be missing', () => {
  assert.equal(problemsOf({ file: 'nowhere.json', env: {} }).length, 1);
  assert.match(problemsOf({ file: write('broken.json', '{"port": '), env: {} }).join(), /broken\.json/);
});

test('a variable and its _FILE together are refused', () => {
  assert.match(
    problemsOf({ env: { WAYBILL_PORT: '1', WAYBILL_PORT_FILE: write('port', '2') } }).join(),
    /both set/,
  );
});

test('the JSON Schema for editors takes what the parser takes and refuses what it refuses', () => {
  const validate = new Ajv2020({ strictTypes: false }).compile(renderConfigSchema());
  const good = {
    $schema: 'x',
    port: 1,
    limits: { uploadBytes: '2GiB' },
    retention: { jobs: '30d' },
    databases: { crm: { url: 'postgres://db/crm' } },
  };
  assert.ok(validate(good), JSON.stringify(validate.errors));
  loadConfig({ cwd, file: write('good.json', good), env: {} });
  for (const bad of [
    { prot: 1 },
    { limits: { uploadBytes: '2 GB' } },
    { retention: { jobs: 30 } },
    { port: 70_000 },
  ]) {
    assert.equal(validate(bad), false, JSON.stringify(bad));
    problemsOf({ file: write('bad.json', bad), env: {} });
  }
});

test('docs/configuration.md has the table of the code', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  assert.ok(page.includes(renderSettingsTable()));
});
