/** The numbers that documents tell are those of the code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEY_TRUST_MS } from '../../src/access/key-cache.ts';
import { KEY_ROTATION_DAYS } from '../../src/access/tokens/key-schedule.ts';
import { TOKEN_TRUST_MS } from '../../src/access/tokens/token-cache.ts';
import { MAX_ISSUES } from '../../src/actions/issues/list-issues.ts';
import { DEFAULT_KEY_DAYS } from '../../src/actions/keys/keys.ts';
import { WAIT_SECONDS } from '../../src/cli/commands/serve.ts';
import { MAX_DEPTH } from '../../src/collections/judge/json-reader.ts';
import { MAX_INSTRUCTIONS, MAX_SOURCE_LENGTH } from '../../src/collections/pattern.ts';
import {
  BASE_STEPS,
  MAX_DEFINITION_DEPTH,
  MAX_EVALUATIONS_OF_A_VALUE,
  MAX_NESTED_EVALUATIONS,
  MAX_PATTERN_INSTRUCTIONS,
  MAX_SUBSCHEMAS,
  MOST_STEPS,
  STEPS_PER_CHARACTER,
} from '../../src/collections/schema/schema-limits.ts';
import { loadConfig } from '../../src/config.ts';
import { MAX_CELL_CHARACTERS } from '../../src/formats/xlsx/cells.ts';
import { MAX_SHEET_ROWS } from '../../src/formats/xlsx/xlsx-format.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { COMMENT_EVERY_MS } from '../../src/http/status/job-events.ts';
import { MOST_RECORDS } from '../../src/protocols/egain-import/binding.ts';
import { DAYS_AHEAD } from '../../src/protocols/egain-import/import-job.ts';
import { PATH_LIMIT, QUERY_LIMIT } from '../../src/protocols/emarsys/data.ts';
import { RATE } from '../../src/protocols/sailpoint/limits.ts';
import { DESCRIPTION_CHARACTERS } from '../../src/protocols/sailpoint/read-options.ts';
import { MOST_ENTRIES } from '../../src/sandbox/request-log.ts';
import { OWN_CONNECTIONS, WAIT_MS, WORKER_CONNECTIONS } from '../../src/server/await-connections.ts';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../../src/targets/postgres/connection.ts';
import { ASKED_LIMITS } from '../../src/targets/postgres/create-postgres-target.ts';
import { TIMEOUT_MS } from '../../src/transfer/http/post-json.ts';
import { GIVE_UP_AFTER_MS } from '../../src/worker/delivery/deliver-result.ts';
import { MAX_FILES } from '../../src/worker/import/fetch-egain-package.ts';
import { OWN_BUFFER_BYTES } from '../../src/worker/import/reading/own-code.ts';
import { HEAP_LIMITS } from '../../src/worker/import/reading/reading-threads.ts';
import { EFFECTS_BELOW } from '../../src/worker/import/run-import.ts';
import { ROOT } from '../support/run-group.ts';
import { count, type DeclaredNumbers, proseOf, size, undeclaredNumbers } from './limits.ts';

const http = (name: keyof typeof HTTP_LIMITS): string => count(HTTP_LIMITS[name].value);
const { config } = loadConfig({ cwd: ROOT, env: {} });
const days = (ms: number): string => `${ms / 86_400_000} days`;
const seconds = (ms: number): string => `${ms / 1000} seconds`;
/** Pauses that double from one second. */
const PAUSES = ['1 s, 2 s, 4 s'];

const DECLARED: Readonly<Record<string, DeclaredNumbers>> = {
  'docs/collections.md': {
    limits: [
      `${MAX_DEFINITION_DEPTH} levels`,
      `| subschemas | ${count(MAX_SUBSCHEMAS)} |`,
      `${count(MAX_EVALUATIONS_OF_A_VALUE)} |`,
      `${count(MAX_SOURCE_LENGTH)} characters, ${count(MAX_INSTRUCTIONS)} instructions`,
      `${count(MAX_PATTERN_INSTRUCTIONS)} instructions`,
    ],
    others: ['`[a-z]{1000}` has 1,000', '`24 hours`', '200,000 records into a table'],
  },
  'docs/clients.md': {
    limits: [`signs for ${KEY_ROTATION_DAYS} days`, `within ${seconds(TOKEN_TRUST_MS)}`],
    others: ['749 seconds'],
  },
  'docs/correcting-rejected-records.md': {
    limits: [size(config.limits.unreadableBytes), days(config.retention.failedRows)],
  },
  'docs/protocols/avepoint.md': {
    limits: [`${count(MAX_SHEET_ROWS - 1)} records`, `${count(MAX_CELL_CHARACTERS)} characters`],
  },
  'docs/protocols/egain-export.md': { limits: [], others: ['at most 250 records', 'at most 250 articles'] },
  'docs/protocols/egain-import.md': {
    limits: [
      `by default ${count(MOST_RECORDS)}`,
      `end at ${count(MOST_RECORDS)}`,
      `${count(MAX_FILES)} files`,
      `${DAYS_AHEAD} days ahead`,
    ],
    others: ['at most 20 characters'],
  },
  'docs/protocols/emarsys.md': {
    limits: [
      `${count(PATH_LIMIT)} in the path`,
      `${count(QUERY_LIMIT)} in the query`,
      `${http('notifyUrlCharacters')} characters`,
    ],
  },
  'docs/protocols/sailpoint.md': {
    limits: [
      `${RATE.requests} requests in ${RATE.seconds} seconds`,
      `${count(DESCRIPTION_CHARACTERS)} characters`,
    ],
  },
  'docs/errors.md': {
    limits: [
      `${http('eventStreams')} in each process`,
      `waits ${seconds(WAIT_MS)}`,
      `${http('bodyLevels')} levels`,
      `${http('urlCharacters')} characters`,
      `${http('headers')} headers`,
      size(HTTP_LIMITS.headerBytes.value),
      seconds(ASKED_LIMITS.lockTimeoutMs),
      `than ${seconds(ASKED_LIMITS.statementTimeoutMs)} to count`,
      `${WAIT_SECONDS} seconds`,
    ],
  },
  'docs/exporting.md': {
    limits: [
      `${count(MAX_SHEET_ROWS)} rows`,
      `${count(MAX_CELL_CHARACTERS)} characters`,
      `${GIVE_UP_AFTER_MS / 3_600_000} hours`,
      days(config.retention.artifacts),
    ],
    others: PAUSES,
  },
  'docs/http-api.md': {
    limits: [
      `${count(config.limits.inlineRecords)} by default`,
      `${http('idempotencyKeyCharacters')} characters`,
      `${count(MAX_ISSUES)} issues`,
      `${http('waitSeconds')} seconds`,
      `every ${seconds(COMMENT_EVERY_MS)}`,
      `after ${DEFAULT_KEY_DAYS} days`,
      `within ${seconds(KEY_TRUST_MS)}`,
    ],
    others: ['up to 30 seconds for its end', '41 bytes'],
  },
  'docs/importing.md': { limits: [`${DEFAULT_LOCK_TIMEOUT_MS / 1000} s`], others: ['`(2 rows)`'] },
  'docs/issues.md': {
    limits: [
      `${count(MAX_ISSUES)} `,
      `${count(MAX_DEPTH)} levels`,
      count(BASE_STEPS),
      `${STEPS_PER_CHARACTER} for each character`,
      count(MOST_STEPS),
      `(${count(MAX_NESTED_EVALUATIONS)})`,
    ],
    // Of PostgreSQL.
    others: ['8,160 bytes', '2,704 bytes'],
  },
  'docs/notifications.md': { limits: [`within ${seconds(TIMEOUT_MS)}`] },
  'docs/operating.md': {
    limits: [
      `${WAIT_SECONDS} seconds`,
      `needs ${OWN_CONNECTIONS} connections, and ${WORKER_CONNECTIONS} for each worker`,
      `up to ${seconds(WAIT_MS)}`,
      size(config.storage.minFreeBytes),
      ...(['uploads', 'artifacts', 'failedRows', 'issueFiles', 'issueValues', 'ledger', 'jobs'] as const).map(
        (kind) => `| \`retention.${kind}\` | ${days(config.retention[kind])} |`,
      ),
    ],
    others: ['256 MB', '8 MB', '128 MiB', '390 MB', '320 MB', '15 MB', '334 MB', '1,500 columns', '10,000:1'],
  },
  'docs/own-code.md': {
    limits: [`${HEAP_LIMITS.maxOldGenerationSizeMb} MiB`, size(OWN_BUFFER_BYTES)],
    others: PAUSES,
  },
  'docs/sandbox.md': { limits: [`${count(MOST_ENTRIES)} requests`] },
  'docs/validating.md': { limits: [`${count(EFFECTS_BELOW)} records`] },
};

/** Its numbers are defaults, which `test/unit/config` compares; and reports of measurements. */
const ELSEWHERE = ['docs/configuration.md', 'docs/performance.md', 'docs/reliability.md'];

const documents = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** The vendors' limits are facts of others. */
const isOurs = (path: string): boolean => !ELSEWHERE.includes(path) && !path.startsWith('docs/vendors/');

for (const path of ['README.md', ...documents].filter(isOurs)) {
  test(`the limits that ${path} tells are those of the code`, () => {
    const text = proseOf(readFileSync(join(ROOT, path), 'utf8'));
    assert.deepEqual(undeclaredNumbers(text, DECLARED[path] ?? { limits: [] }), []);
  });
}

test('a number that differs from its constant is found, and so is one that nobody declared', () => {
  const text = 'At most 8,192 characters and 5 levels. It took 12 seconds.';
  const limits = [`${http('urlCharacters')} characters`, '5 levels'];
  assert.deepEqual(undeclaredNumbers(text, { limits, others: ['12 seconds'] }), [
    'lacks: 32,768 characters',
    'not declared: …At most 8,192 characters and 5 levels. It took 1…',
  ]);
});
