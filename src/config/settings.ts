import { resolve } from 'node:path';
import { parseAllowedAddress } from '../core/allowed-address.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import {
  bytesSetting,
  choiceSetting,
  durationSetting,
  integerSetting,
  listSetting,
  mapSetting,
  optionalPath,
  optionalText,
  pathSetting,
  type Setting,
  textSetting,
} from './setting.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A PostgreSQL server as a connection string names it. */
function checkDatabaseUrl(text: string): void {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return;
  // The text may hold a password, so it is not repeated.
  throw new Error('expected a URL such as postgres://user:password@host:5432/database');
}

function checkLoopback(text: string): void {
  if (/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(text)) return;
  throw new Error(`expected a loopback address (127.0.0.1, ::1, localhost), got "${text}"`);
}

/** The issuer of access tokens, so compared letter by letter. */
function checkPublicUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && text === url.origin) return;
  throw new Error(`expected an address without a path, such as https://waybill.example.com, got "${text}"`);
}

function checkTimeZone(text: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone: text });
  } catch (error) {
    throw new Error(`expected an IANA time zone such as Europe/Vienna, got "${text}"`, { cause: error });
  }
}

function parseDatabase(raw: unknown): { readonly url: string } {
  if (typeof raw !== 'object' || raw === null) throw new Error('expected {"url": "postgres://…"}');
  for (const name of Object.keys(raw)) {
    if (name !== 'url') throw new Error(`"${name}" is not known here${didYouMean(name, ['url'])}`);
  }
  const url = 'url' in raw ? raw.url : undefined;
  checkDatabaseUrl(typeof url === 'string' ? url : '');
  return { url: String(url) };
}

function parseModulePath(raw: unknown, base: string): string {
  if (typeof raw !== 'string' || raw === '') throw new Error('expected the path of a module');
  return resolve(base, raw);
}

/** Its shape is the protocol's matter, and checked when the server starts. */
function parseProtocol(raw: unknown): Readonly<Record<string, unknown>> {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return { ...raw };
  throw new Error('expected an object');
}

function parseLocation(raw: unknown, base: string, prefix: string): string {
  // Clients of a share may name it by its path.
  if (!/^([a-z][a-z0-9+.-]*:\/\/.*|\/[^/].*)\/$/i.test(prefix)) {
    throw new Error('expected the prefix of an address, ending in "/", such as s3://bucket/ or /mnt/share/');
  }
  if (typeof raw !== 'string' || raw === '') throw new Error('expected the path of a folder');
  return resolve(base, raw);
}

const FOLDER = { type: 'string' };
const MODULE = { type: 'string' };
const DATABASE = {
  type: 'object',
  properties: { url: { type: 'string' } },
  required: ['url'],
  additionalProperties: false,
};

/** Every setting, by key: the one table behind parsing, `Config`, the JSON Schema and docs/configuration.md. */
export const SETTINGS = {
  dataDir: pathSetting(
    './waybill-data',
    'Folder of uploads, results, the embedded database and `server.json`.',
    { variable: 'WAYBILL_DATA' },
  ),
  databaseUrl: optionalText(
    'PostgreSQL (15 to 18) that holds jobs and managed tables. Not set: Waybill runs its own PostgreSQL under the data folder.',
    checkDatabaseUrl,
    { isSecret: true },
  ),
  databases: mapSetting(
    'Further databases that collections may be bound to, by name.',
    DATABASE,
    parseDatabase,
    { isSecret: true },
  ),
  locations: mapSetting(
    'Local folders that stand for addresses, by the prefix of the address, such as `s3://bucket/` or `/mnt/share/`; the longest matching prefix counts. The folders must exist at the start.',
    FOLDER,
    parseLocation,
  ),
  host: textSetting(
    '127.0.0.1',
    'Address to listen on. Only loopback addresses are accepted.',
    checkLoopback,
  ),
  port: integerSetting({ minimum: 0, maximum: 65_535 }, 8140, 'Port to listen on; 0 takes any free port.'),
  publicUrl: optionalText(
    'Address by which clients reach the server, such as `https://waybill.example.com`: the issuer of access tokens. Not set: the address that a request for a token names.',
    checkPublicUrl,
  ),
  workers: integerSetting(
    { minimum: 1, maximum: 64 },
    2,
    'Worker processes for all jobs. Each runs one job at a time. With two, the second takes over at once when one dies.',
  ),
  lane: {
    workers: integerSetting(
      { minimum: 0, maximum: 16 },
      1,
      'Additional worker processes for small and urgent jobs only, so that these never wait for long ones. 0: none.',
    ),
    maxBytes: bytesSetting('1MiB', 'A job is small if its uploads have at most this many bytes.'),
    turn: durationSetting(
      '5s',
      'How long a job may hold a worker of the lane while others wait for it. After that it is given back, and continues in another worker.',
    ),
  },
  logLevel: choiceSetting(LOG_LEVELS, 'info', 'Lowest level of log lines that are written.'),
  timeZone: optionalText(
    'IANA time zone of date-times without one, if the collection has none. Not set: such values are rejected.',
    checkTimeZone,
  ),
  storage: {
    minFreeBytes: bytesSetting(
      '512MiB',
      'Disk space that always stays free. Below it, uploads are refused and jobs wait.',
    ),
  },
  limits: {
    uploadBytes: bytesSetting('16GiB', 'Size of one upload.'),
    decompressedBytes: bytesSetting('128GiB', 'Size of one source after decompression.'),
    decompressionRatio: integerSetting(
      { minimum: 1, maximum: 1_000_000 },
      250,
      'How many times its size a compressed source may expand to, if that is more than `limits.decompressionAllowanceBytes`.',
    ),
    decompressionAllowanceBytes: bytesSetting(
      '128MiB',
      'Up to this size after decompression, a source may have any compression ratio.',
    ),
    decompressionSeconds: integerSetting(
      { minimum: 1, maximum: 1_000_000 },
      3600,
      'How long decompressing one source may take.',
    ),
    statementSeconds: integerSetting(
      { minimum: 0, maximum: 1_000_000 },
      21_600,
      'How long one statement of a job may take in the database of its records; a merge of `replace`, or an export, is one statement. 0: no limit.',
    ),
    recordBytes: bytesSetting('16MiB', 'Size of one record. A longer record is rejected with an issue.'),
    // A table has 1,600 columns at most, and one in which records wait has seven beside the fields.
    recordFields: integerSetting({ minimum: 1, maximum: 1593 }, 1593, 'Fields of one record.'),
    depth: integerSetting({ minimum: 1, maximum: 1000 }, 64, 'Nesting of JSON values.'),
    issuesPerJob: integerSetting(
      { minimum: 0, maximum: 100_000_000 },
      100_000,
      'Issues in the issue files of one job. Groups and counts are always complete.',
    ),
    unreadableBytes: bytesSetting(
      '64MiB',
      'Size of the file of unreadable records. A larger file is cut off, and says so at its end.',
    ),
    inlineRecords: integerSetting(
      { minimum: 0, maximum: 100_000 },
      1000,
      'Records that a request may contain in its body.',
    ),
    connections: integerSetting(
      { minimum: 1, maximum: 1_000_000 },
      8192,
      'Open connections of clients. More are refused.',
    ),
    minBytesPerSecond: integerSetting(
      { minimum: 0, maximum: 1_000_000_000 },
      100,
      'A request whose body is slower than this for 30 seconds is refused.',
    ),
  },
  retention: {
    uploads: durationSetting('7d', 'How long uploads are kept.'),
    artifacts: durationSetting('7d', 'How long results of exports are kept.'),
    failedRows: durationSetting('30d', 'How long files of failed rows are kept.'),
    issueFiles: durationSetting('30d', 'How long issue files are kept.'),
    issueValues: durationSetting('30d', 'How long the values in issues are kept.'),
    jobs: durationSetting('90d', 'How long finished jobs are kept.'),
    ledger: durationSetting('90d', 'How long the ledgers of finished jobs are kept.'),
  },
  secrets: {
    keyFile: optionalPath(
      'File of the keys that seal secrets in the database; made with the first secret. Not set: `secrets.key` in the data folder.',
    ),
  },
  outgoing: {
    allow: listSetting(
      'Addresses that may be called even though they are not on the public internet: `"10.0.0.0/8"`, `"hooks.internal:8080"`.',
      parseAllowedAddress,
    ),
  },
  modules: {
    transforms: mapSetting('Modules that change records, by name.', MODULE, parseModulePath),
    validators: mapSetting('Modules that judge records, by name.', MODULE, parseModulePath),
    targets: mapSetting('Modules that store records, by name.', MODULE, parseModulePath),
  },
  protocols: mapSetting(
    'Wire protocols that are served beside the native API, by name; docs/protocols/ describes the settings of each.',
    { type: 'object' },
    parseProtocol,
  ),
} as const;

type Parsed<S> = S extends Setting<infer T> ? T : { readonly [K in keyof S]: Parsed<S[K]> };

/** The settings as the program uses them: sizes in bytes, durations in milliseconds, paths absolute. Plain JSON. */
export type Config = Parsed<typeof SETTINGS>;

export interface ListedSetting {
  /** Dotted, such as `storage.minFreeBytes`. */
  readonly key: string;
  /** Environment variable, such as `WAYBILL_STORAGE_MIN_FREE_BYTES`; with `_FILE` behind it, a file that holds the value. */
  readonly variable: string;
  readonly setting: Setting<unknown>;
}

/** The table flattened, in its order. */
export function listSettings(table: object = SETTINGS, prefix = ''): ListedSetting[] {
  return Object.entries(table).flatMap(([name, entry]: [string, Setting<unknown> | object]) => {
    const key = prefix + name;
    if (!('parse' in entry)) return listSettings(entry, `${key}.`);
    return [{ key, variable: entry.variable ?? variableOf(key), setting: entry }];
  });
}

function variableOf(key: string): string {
  return `WAYBILL_${key.replaceAll('.', '_').replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}
