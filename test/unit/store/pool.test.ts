import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../src/store/connect.ts';

const URL = 'postgres://waybill@127.0.0.1:1/waybill';

test('a connection that breaks while idle is told', () => {
  const told: Error[] = [];
  const pool = createPool(URL, { applicationName: 'test', onIdleError: (error) => told.push(error) });
  pool.emit('error', new Error('gone'));
  assert.deepEqual(
    told.map(({ message }) => message),
    ['gone'],
  );
});

test('what breaks after the pool was told to end is no news', async () => {
  const told: Error[] = [];
  const pool = createPool(URL, { applicationName: 'test', onIdleError: (error) => told.push(error) });
  await pool.end();
  pool.emit('error', new Error('terminating connection due to administrator command'));
  assert.deepEqual(told, []);
});
