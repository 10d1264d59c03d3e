import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { didYouMean } from '../core/did-you-mean.ts';
import { AppError } from '../core/errors.ts';
import { type Config, type ListedSetting, listSettings } from './settings.ts';

export const CONFIG_FILE = 'waybill.config.json';

/** Variables that mean something to the command line without being settings. */
const OTHER_VARIABLES = ['WAYBILL_CONFIG', 'WAYBILL_URL', 'WAYBILL_TOKEN', 'WAYBILL_TOKEN_FILE'];
/** Of what tests and clients are told; a sandbox prints lines that put its addresses into a shell. */
const FOREIGN_PREFIXES = ['WAYBILL_TEST_', 'WAYBILL_SANDBOX_'];

export interface ConfigInputs {
  /** Folder in which `waybill.config.json` is looked for, and that relative paths of variables and options start from. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file to read instead; it must exist. Also `WAYBILL_CONFIG`. */
  readonly file?: string;
  /** Values of command-line options by key, such as `{ port: { value: '0', option: '--port' } }`. */
  readonly options?: Readonly<Record<string, { readonly value: string; readonly option: string }>>;
}

/** Where a value came from, in words. */
export type Origin = string;

export interface LoadedConfig {
  readonly config: Config;
  /** By key. */
  readonly origins: ReadonlyMap<string, Origin>;
}

interface Found {
  readonly raw: unknown;
  readonly base: string;
  readonly origin: Origin;
}

/**
 * Settings from, in this order: command-line options, environment variables, the configuration file, defaults.
 *
 * @throws AppError `config.invalid` that lists everything that is wrong at once.
 */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const problems: string[] = [];
  const settings = listSettings();
  const file = readConfigFile(inputs, settings, problems);
  refuseUnknownVariables(inputs, settings, problems);
  const values = new Map<string, unknown>();
  const origins = new Map<string, Origin>();
  for (const listed of settings) {
    const found =
      findOption(listed, inputs) ?? findVariable(listed, inputs, problems) ?? file.get(listed.key);
    origins.set(listed.key, found?.origin ?? 'default');
    values.set(listed.key, parseFound(listed, found, inputs, problems));
  }
  if (problems.length > 0) {
    const list = problems.map((problem) => `\n  - ${problem}`).join('');
    throw new AppError(
      'config.invalid',
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:${list}`,
      {
        details: { problems },
      },
    );
  }
  return { config: nest(values) as unknown as Config, origins };
}

function parseFound(
  { key, setting }: ListedSetting,
  found: Found | undefined,
  inputs: ConfigInputs,
  problems: string[],
): unknown {
  try {
    if (found !== undefined) return setting.parse(found.raw, found.base);
    // A default path is relative like one that was set; other defaults are ready for use.
    return typeof setting.fallback === 'string'
      ? setting.parse(setting.fallback, inputs.cwd)
      : setting.fallback;
  } catch (error) {
    problems.push(`${key} (${found?.origin ?? 'default'}): ${(error as Error).message}`);
    return setting.fallback;
  }
}

function findOption({ key }: ListedSetting, inputs: ConfigInputs): Found | undefined {
  const given = inputs.options?.[key];
  return given && { raw: given.value, base: inputs.cwd, origin: `option ${given.option}` };
}

function findVariable(
  { variable }: ListedSetting,
  inputs: ConfigInputs,
  problems: string[],
): Found | undefined {
  const raw = inputs.env[variable];
  const path = inputs.env[`${variable}_FILE`];
  if (raw !== undefined && path !== undefined) {
    problems.push(`${variable} and ${variable}_FILE are both set; set one of them`);
  }
  if (raw !== undefined) return { raw, base: inputs.cwd, origin: `variable ${variable}` };
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(resolve(inputs.cwd, path), 'utf8').trimEnd();
    return { raw: text, base: inputs.cwd, origin: `variable ${variable}_FILE (${path})` };
  } catch (error) {
    problems.push(`${variable}_FILE: ${(error as Error).message}`);
    return undefined;
  }
}

function refuseUnknownVariables(
  inputs: ConfigInputs,
  settings: readonly ListedSetting[],
  problems: string[],
): void {
  const known = new Set(OTHER_VARIABLES);
  for (const { variable } of settings) known.add(variable).add(`${variable}_FILE`);
  for (const name of Object.keys(inputs.env)) {
    if (!name.startsWith('WAYBILL_') || known.has(name)) continue;
    if (FOREIGN_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    problems.push(`variable ${name} is not known${didYouMean(name, known)}`);
  }
}

function readConfigFile(
  inputs: ConfigInputs,
  settings: readonly ListedSetting[],
  problems: string[],
): Map<string, Found> {
  const asked = inputs.file ?? inputs.env['WAYBILL_CONFIG'];
  const path = resolve(inputs.cwd, asked ?? CONFIG_FILE);
  const found = new Map<string, Found>();
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const isMissing = (error as { code?: string }).code === 'ENOENT';
    if (!isMissing || asked !== undefined) problems.push(`${path}: ${(error as Error).message}`);
    return found;
  }
  if (!isObject(content)) {
    problems.push(`${path}: expected an object of settings`);
    return found;
  }
  const keys = settings.map(({ key }) => key);
  collectKeys(
    content,
    '',
    keys,
    (key, raw) => found.set(key, { raw, base: dirname(path), origin: path }),
    problems,
  );
  return found;
}

/** Walks the file along the table; whatever the table does not know is reported where it stands. */
function collectKeys(
  content: Record<string, unknown>,
  prefix: string,
  keys: readonly string[],
  take: (key: string, raw: unknown) => void,
  problems: string[],
): void {
  for (const [name, raw] of Object.entries(content)) {
    const key = prefix + name;
    if (keys.includes(key)) take(key, raw);
    else if (keys.some((known) => known.startsWith(`${key}.`))) {
      if (isObject(raw)) collectKeys(raw, `${key}.`, keys, take, problems);
      else problems.push(`${key}: expected an object, got ${JSON.stringify(raw)}`);
    } else if (key !== '$schema') {
      const siblings = keys
        .filter((known) => known.startsWith(prefix))
        .map((known) => known.slice(prefix.length).split('.')[0] ?? '');
      problems.push(`${key} is not a setting${didYouMean(name, [...new Set(siblings), ...keys])}`);
    }
  }
}

function nest(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const names = key.split('.');
    const last = names.pop() ?? key;
    let level = root;
    for (const name of names) level = (level[name] ??= {}) as Record<string, unknown>;
    if (value !== undefined) level[last] = value;
  }
  return root;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
