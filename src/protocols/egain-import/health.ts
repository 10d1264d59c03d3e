/** `getHealth`, which only the older revision of the contract has: what works, in four words. */

import { renderTime } from '../egain/progress.ts';
import type { ServerHealth } from '../protocol.ts';
import type { WireAnswer } from '../wire.ts';

export const HEALTH_STATES = ['healthy', 'degraded', 'unhealthy', 'maintenance'] as const;
type HealthState = (typeof HEALTH_STATES)[number];

/** 200 when everything works; else 503 with what does not. */
export function renderHealth(health: ServerHealth, now: Date): WireAnswer {
  const { version, uptimeSeconds } = health;
  const status = stateOf(health);
  const timestamp = renderTime(now);
  if (status === 'healthy')
    return { status: 200, body: { status, timestamp, version, uptime: renderUptime(uptimeSeconds) } };
  return {
    status: 503,
    body: { status, timestamp, version, issues: issuesOf(health), components: componentsOf(health) },
  };
}

/** As in the contract's example, `2d 5h 30m 15s`; the figures in front that are zero are left out. At most 20 characters. */
export function renderUptime(uptimeSeconds: number): string {
  const seconds = Math.floor(uptimeSeconds);
  const figures = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = figures.findIndex(([figure]) => figure > 0);
  return figures
    .slice(first === -1 ? -1 : first)
    .map(([figure, unit]) => `${figure}${unit}`)
    .join(' ');
}

function stateOf({ isReady, hasDatabase, hasFiles, hasSpace, workers }: ServerHealth): HealthState {
  if (!isReady) return 'maintenance';
  if (!hasDatabase || !hasFiles) return 'unhealthy';
  return hasSpace && workers > 0 ? 'healthy' : 'degraded';
}

function issuesOf({ isReady, hasDatabase, hasFiles, hasSpace, workers }: ServerHealth): string[] {
  const issues: readonly [boolean, string][] = [
    [!isReady, 'The server shuts down.'],
    [!hasDatabase, 'The database does not answer.'],
    [!hasFiles, 'The data folder cannot be reached.'],
    [hasFiles && !hasSpace, 'The disk is nearly full.'],
    [hasDatabase && workers === 0, 'No worker process runs.'],
  ];
  return issues.filter(([isTrue]) => isTrue).map(([, issue]) => issue);
}

function componentsOf({
  hasDatabase,
  hasFiles,
  hasSpace,
  workers,
}: ServerHealth): Record<string, HealthState> {
  return {
    database: hasDatabase ? 'healthy' : 'unhealthy',
    fileSystem: hasFiles ? 'healthy' : 'unhealthy',
    processingEngine: workers > 0 ? 'healthy' : 'unhealthy',
    storage: hasSpace ? 'healthy' : 'unhealthy',
  };
}
