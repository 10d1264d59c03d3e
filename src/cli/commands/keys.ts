import { type Command, Option } from 'commander';
import { visibleText } from '../../core/visible-text.ts';
import type { WireKey } from '../../sdk/wire-access.ts';
import { action, addCommand, type Cli, type CommonOptions, printJson, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { parseExpiry, ROLES } from '../expiry.ts';
import { renderTable } from '../render/table.ts';

interface KeyFlags extends CommonOptions {
  readonly role?: string;
  readonly expires?: string;
}

/** `keys create|list|revoke`, `whoami`. */
export function registerKeys(program: Command, cli: Cli): void {
  const group = program.command('keys').description('make, list and revoke API keys of clients');

  addCommand(group, 'create <name>', 'make an API key and print it; it cannot be read again')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--expires <when>', 'when it ends: 90d, a time (RFC 3339), or never (default: 365d)')
    .action(
      action<KeyFlags>(cli, (flags, name) =>
        withConnection(cli, flags, async ({ client }) => {
          const expiresAt = parseExpiry(flags.expires);
          const made = await client.createKey({
            name: required(name),
            role: flags.role,
            ...(expiresAt !== undefined && { expiresAt }),
          });
          if (flags.json === true) printJson(cli.terminal, made);
          else {
            cli.terminal.err(`waybill: ${describe(made)}. Keep it now: it cannot be shown again\n`);
            cli.terminal.out(`${made.key}\n`);
          }
          return EXIT.done;
        }),
      ),
    );

  addCommand(group, 'list', 'API keys, newest first, with those that are over').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const keys = await client.listKeys();
        if (flags.json === true) printJson(cli.terminal, keys);
        else cli.terminal.out(renderKeys(keys));
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'revoke <id>', 'end an API key; every process refuses it within some seconds').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const key = await client.revokeKey(required(id));
        if (flags.json === true) printJson(cli.terminal, key);
        else cli.terminal.out(`Key ${key.id} (${visibleText(key.name)}) is revoked.\n`);
        return EXIT.done;
      }),
    ),
  );

  addCommand(program, 'whoami', 'who the server takes you for, and what you may do').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const access = await client.readAccess();
        if (flags.json === true) printJson(cli.terminal, access);
        else
          cli.terminal.out(
            `You are ${visibleText(access.name)}, and may: ${access.permissions.join(', ')}\n`,
          );
        return EXIT.done;
      }),
    ),
  );
}

function describe({ id, name, role, expiresAt }: WireKey): string {
  const end = expiresAt === undefined ? 'without an end' : `until ${expiresAt.slice(0, 10)}`;
  return `key ${id} for "${visibleText(name)}" (${role}), ${end}`;
}

function renderKeys(keys: readonly WireKey[]): string {
  if (keys.length === 0) return 'No API keys yet.\n';
  const titles = ['id', 'name', 'role', 'created at', 'last used at', 'ends'];
  return renderTable(
    titles.map((title) => ({ title })),
    keys.map(({ id, name, role, createdAt, lastUsedAt, expiresAt, revokedAt }) => [
      id,
      name,
      role,
      createdAt,
      lastUsedAt ?? 'never',
      revokedAt === undefined ? (expiresAt ?? 'never') : `revoked ${revokedAt}`,
    ]),
  );
}
