import type { Command } from 'commander';
import {
  action,
  addLocalCommand,
  type Cli,
  type CommonOptions,
  printJson,
  wrongUsage,
} from '../command-line.ts';
import { loadCliConfig } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { renderAmount } from '../render/numbers.ts';

interface MigrateFlags extends CommonOptions {
  readonly check?: boolean;
  readonly printSql?: boolean;
}

export function registerMigrate(program: Command, cli: Cli): void {
  addLocalCommand(
    program,
    'migrate',
    "bring Waybill's tables up to date; a server does the same when it starts",
  )
    .option('--check', 'only tell whether there are changes to make (exit code 1 if so)')
    .option('--print-sql', 'only print the SQL that would be run')
    .action(action<MigrateFlags>(cli, (flags) => migrate(cli, flags)));
}

async function migrate(cli: Cli, flags: MigrateFlags): Promise<number> {
  if (flags.check === true && flags.printSql === true)
    throw wrongUsage('give --check or --print-sql, not both');
  const { config } = loadCliConfig(cli, flags);
  const { migrateDatabase } = await import('../../server/migrate-database.ts');
  const report = await migrateDatabase(
    config,
    flags.check === true ? 'check' : flags.printSql === true ? 'print-sql' : 'apply',
  );
  if (flags.json === true) printJson(cli.terminal, report);
  else if (report.sql !== undefined) cli.terminal.out(report.sql);
  else if (report.applied.length > 0)
    cli.terminal.out(`Applied ${report.applied.join(', ')}; the database is at version ${report.current}.\n`);
  else if (report.pending.length === 0)
    cli.terminal.out(`The database is up to date, at version ${report.current}.\n`);
  else
    cli.terminal.out(
      `The database is at version ${report.current} of ${report.latest}; ${renderAmount(report.pending.length, 'migration')} to apply: ${report.pending.join(', ')}.\n`,
    );
  return flags.check === true && report.pending.length > 0 ? EXIT.failed : EXIT.done;
}
