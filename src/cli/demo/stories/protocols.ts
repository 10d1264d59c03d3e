import { askStatuses } from '../../../sandbox/ask-statuses.ts';
import type { Demo } from '../steps.ts';

const LINE_WIDTH = 96;

/** The jobs of the story before, as programs see them that were written for other services. */
export async function tellProtocols(demo: Demo): Promise<void> {
  demo.screen.title(
    'Protocols',
    'the last export and the last import, as clients of other products see them',
  );
  for (const kind of ['export', 'import'] as const) await tellJob(demo, kind);
}

async function tellJob({ stage, screen }: Demo, kind: 'export' | 'import'): Promise<void> {
  const [job] = (await stage.client.listJobs({ kind, limit: 1 })).jobs;
  if (job === undefined) throw new Error(`there is no ${kind}`);
  const asked = await askStatuses(stage.client.server, job, kind);
  for (const { protocol, path, body } of asked) {
    screen.step(kind, protocol);
    for (const line of [`GET ${path}`, ...wrap(body)]) screen.step('', line);
  }
  const others = asked.filter(({ isSucceeded }) => !isSucceeded).map(({ protocol }) => protocol);
  screen.check(
    `the ${kind} has succeeded in the words of ${asked.length} protocols`,
    others.length === 0 ? undefined : `not in those of ${others.join(', ')}`,
  );
}

/** JSON in lines, each of which ends behind a comma, if there is one. */
function wrap(json: string): string[] {
  const lines: string[] = [];
  for (let rest = json; rest !== ''; ) {
    const comma = rest.length > LINE_WIDTH ? rest.lastIndexOf(',', LINE_WIDTH - 1) : -1;
    const end = comma === -1 ? Math.min(rest.length, LINE_WIDTH) : comma + 1;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return lines;
}
