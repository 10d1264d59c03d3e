import type { Command } from 'commander';
import { type LoadedConfig, listSettings, renderConfigSchema } from '../../config.ts';
import { bindProtocols, checkRetention, protocolsSchema } from '../../server/open-protocols.ts';
import { action, addLocalCommand, type Cli, printJson } from '../command-line.ts';
import { loadCliConfig } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';

/** `config check|print|schema`. */
export function registerConfig(program: Command, cli: Cli): void {
  const group = program.command('config').description('check and show the configuration');
  addLocalCommand(group, 'check', 'list everything that is wrong with the configuration').action(
    action(cli, async (flags) => {
      const { protocols, retention } = loadCliConfig(cli, flags).config;
      checkRetention(retention, bindProtocols(protocols));
      if (flags.json === true) printJson(cli.terminal, { valid: true });
      else cli.terminal.out('The configuration is valid.\n');
      return EXIT.done;
    }),
  );
  addLocalCommand(group, 'print', 'print every setting and where it comes from, without secrets').action(
    action(cli, async (flags) => {
      const settings = listValues(loadCliConfig(cli, flags));
      if (flags.json === true) printJson(cli.terminal, { settings });
      else {
        const rows = settings.map(({ key, value, from }) => [
          key,
          value === undefined ? 'not set' : JSON.stringify(value),
          from,
        ]);
        cli.terminal.out(renderTable([{ title: 'setting' }, { title: 'value' }, { title: 'from' }], rows));
      }
      return EXIT.done;
    }),
  );
  addLocalCommand(group, 'schema', 'print the JSON Schema of waybill.config.json, for editors').action(
    action(cli, async () => {
      printJson(cli.terminal, renderConfigSchema({ protocols: protocolsSchema() }));
      return EXIT.done;
    }),
  );
}

function listValues({ config, origins }: LoadedConfig): { key: string; value: unknown; from: string }[] {
  return listSettings().map(({ key, setting }) => {
    const value = key
      .split('.')
      .reduce<unknown>((level, name) => (level as Record<string, unknown>)[name], config);
    const shown = setting.isSecret ? hideSecret(value) : value;
    return { key, value: shown, from: origins.get(key) ?? 'default' };
  });
}

/** Names stay, since they say what is set. */
function hideSecret(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return '(hidden)';
  return Object.fromEntries(Object.keys(value).map((name) => [name, '(hidden)']));
}
