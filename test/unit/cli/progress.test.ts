/** How a job is shown while it runs: a line that is redrawn, or lines of a log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgressDisplay, renderBarLine, renderPlainLine } from '../../../src/cli/render/progress.ts';
import { displayWidth } from '../../../src/cli/render/table.ts';
import { recordTerminal } from '../../support/record-terminal.ts';
import { jobWith, OUTCOMES } from './wire-job.ts';

test('the bar shows phase, share, rate, time left and what was rejected', () => {
  const job = jobWith({
    progress: {
      processed: 500,
      total: 1000,
      percentage: 50,
      currentOperation: 'writing',
      estimatedCompletion: '2025-01-01T00:00:10.000Z',
    },
    outcomes: { ...OUTCOMES, created: 497, rejected: 3 },
  });
  const line = renderBarLine(job, 100.4, Date.parse('2025-01-01T00:00:05.000Z'));
  assert.equal(
    line,
    `writing     [${'█'.repeat(12)}${'░'.repeat(12)}]  50 %  500 of 1,000  100/s  5.0 s left  3 rejected`,
  );
});

test('a job that had begun and is queued again says why', () => {
  const seen = (reason?: string) =>
    renderPlainLine(
      jobWith({
        state: 'queued',
        ...(reason !== undefined && { reason }),
        progress: { processed: 0, total: 10, percentage: 0 },
      }),
      undefined,
      0,
    );
  assert.equal(seen('disk_full'), 'job 7 queued until there is space on the disk: 0 %, 0 of 10');
  assert.equal(seen('worker_lost'), 'job 7 queued, since its worker has died: 0 %, 0 of 10');
  assert.equal(seen('resumed'), 'job 7 queued: 0 %, 0 of 10');
  assert.equal(seen(), 'job 7 queued: 0 %, 0 of 10');
});

test('a terminal gets one line redrawn within its width, and nothing is left of it', () => {
  const { terminal, err: written } = recordTerminal({ isTty: true, columns: 40 });
  const display = createProgressDisplay(terminal);
  display.show(jobWith({}));
  display.show(jobWith({}));
  display.clear();
  assert.doesNotMatch(written(), /\n/);
  for (const drawn of written().split('\r\u001b[K')) assert.ok(displayWidth(drawn) < 40, drawn);
  assert.ok(written().endsWith('\r\u001b[K'));
});

test('a log gets a line every few seconds, and none that says the same', () => {
  const { terminal, err: written } = recordTerminal();
  let nowMs = 0;
  const display = createProgressDisplay(terminal, () => nowMs);
  for (; nowMs < 9000; nowMs += 250)
    display.show(jobWith({ progress: { processed: 0, percentage: 0, currentOperation: 'indexing' } }));
  assert.equal(written(), 'waybill: job 7 indexing: 0 %, 0 records\n');
  display.show(jobWith({ progress: { processed: 9, percentage: 1, currentOperation: 'writing' } }));
  assert.equal(written().split('\n').length, 3);
});
