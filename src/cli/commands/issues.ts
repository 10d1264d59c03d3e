import type { Command } from 'commander';
import { isAppError } from '../../core/errors.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { WireIssue, WireIssueGroup } from '../../sdk/wire.ts';
import { action, addCommand, type Cli, type CommonOptions, printJson, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, parseCount } from '../parse-values.ts';
import { renderCount } from '../render/numbers.ts';
import { renderTable } from '../render/table.ts';

interface IssueFlags extends CommonOptions {
  readonly code?: string;
  readonly field?: string;
  readonly severity?: 'warning' | 'error';
  readonly record?: string;
  readonly key?: readonly string[];
  readonly after?: string;
  readonly limit?: string;
}

export function registerIssues(program: Command, cli: Cli): void {
  addCommand(program, 'issues <id>', 'show what is wrong with the records of a job, even while it runs')
    .option('--code <code>', 'only with this code')
    .option('--field <name>', 'only in this field')
    .option('--severity <severity>', 'only warning, or only error')
    .option('--record <n>', 'only for this record, or range of records: 17, 10-20, 10-')
    .option('--key <text>', 'only for records with this key (repeat it for each field of the key)', collect)
    .option('--after <record>', 'continue after this record number, or after the "next" of a page')
    .option('--limit <n>', 'approximate maximum number of issues (default 100)')
    .action(
      action<IssueFlags>(cli, async (flags, id) => {
        const { code, field, severity, record, key, after } = flags;
        const limit = parseCount('--limit', flags.limit, 1);
        return withConnection(cli, flags, async ({ client }) => {
          const job = await client.getJob(required(id));
          const groups = await client.listIssueGroups(job.id);
          const query = omitUndefined({ code, field, severity, record, key, after, limit });
          const page = await client.listIssues(job.id, query).catch(onlyGroupsKept);
          if (flags.json === true) printJson(cli.terminal, { groups, ...page });
          else cli.terminal.out(renderIssues(groups, page));
          return EXIT.done;
        });
      }),
    );
}

interface Page {
  readonly issues: readonly WireIssue[];
  readonly next?: string;
  readonly valuesRemovedAt?: string;
  /** Why there is no list. */
  readonly removed?: string;
}

/** The groups outlive the single issues. */
function onlyGroupsKept(error: unknown): Page {
  if (!isAppError(error, 'job.expired')) throw error;
  return { issues: [], removed: error.message };
}

function renderIssues(groups: readonly WireIssueGroup[], page: Page): string {
  const { issues, next } = page;
  if (issues.length === 0 && groups.length === 0) return 'No issues.\n';
  const groupRows = groups.map((group) => [
    renderCount(group.count),
    group.severity,
    group.code,
    group.field ?? '',
  ]);
  const issueRows = issues.map((issue) => [
    String(issue.record),
    issue.cell ?? String(issue.line),
    issue.severity,
    issue.field ?? '',
    issue.message,
    issue.value === undefined ? '' : JSON.stringify(issue.value),
  ]);
  const summary = renderTable(
    [{ title: 'count', align: 'right' }, { title: 'severity' }, { title: 'code' }, { title: 'field' }],
    groupRows,
  );
  const list = renderTable(
    [
      { title: 'record', align: 'right' },
      { title: 'line', align: 'right' },
      { title: 'severity' },
      { title: 'field' },
      { title: 'what is wrong' },
      { title: 'value' },
    ],
    issueRows,
  );
  const more = next === undefined ? '' : `\nThere are more: --after ${next}\n`;
  const { valuesRemovedAt, removed } = page;
  const values =
    valuesRemovedAt === undefined ? '' : `\nValues were removed at ${valuesRemovedAt}, after their time.\n`;
  const note = removed === undefined ? values : `\n${removed}\n`;
  return `${[summary, list].filter((text) => text !== '').join('\n')}${more}${note}`;
}
