import { type Command, Option } from 'commander';
import { visibleText } from '../../core/visible-text.ts';
import type { WireApiClient, WireMadeApiClient } from '../../sdk/wire-access.ts';
import {
  action,
  addCommand,
  type Cli,
  type CommonOptions,
  printJson,
  required,
  wrongUsage,
} from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { parseExpiry, ROLES } from '../expiry.ts';
import { renderTable } from '../render/table.ts';

interface ClientFlags extends CommonOptions {
  readonly role?: string;
  readonly scopes?: string;
  readonly expires?: string;
  readonly keepOld?: string;
}

const EXPIRES = 'when the secret ends: 90d, a time (RFC 3339), or never (default: 365d)';

/** `clients create|list|show|rotate|revoke`. */
export function registerClients(program: Command, cli: Cli): void {
  const group = program
    .command('clients')
    .description('make, list and revoke OAuth 2.0 clients, and give them new secrets');

  addCommand(
    group,
    'create <name>',
    'make a client and print its id and secret; the secret cannot be read again',
  )
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--scopes <list>', 'what its tokens may be for, as one text (default: whatever its role may do)')
    .option('--expires <when>', EXPIRES)
    .action(
      action<ClientFlags>(cli, (flags, name) =>
        withConnection(cli, flags, async ({ client }) => {
          const scopes = flags.scopes?.split(/[\s,]+/).filter(Boolean);
          const made = await client.createClient({
            name: required(name),
            role: flags.role,
            ...(scopes !== undefined && { scopes }),
            ...expiryOf(flags),
          });
          return printMade(cli, flags, made);
        }),
      ),
    );

  addCommand(group, 'list', 'clients, newest first, with those that were revoked').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const clients = await client.listClients();
        if (flags.json === true) printJson(cli.terminal, clients);
        else cli.terminal.out(renderClients(clients));
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'show <id>', 'a client, and when its secrets were used and end').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const found = await client.getClient(required(id));
        if (flags.json === true) printJson(cli.terminal, found);
        else cli.terminal.out(renderClient(found));
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'rotate <id>', 'give a client another secret; the one before stays good for some time')
    .option('--keep-old <time>', 'how long the secret before stays good: 30m, 12h, 7d, or 0 (default: 24h)')
    .option('--expires <when>', EXPIRES)
    .action(
      action<ClientFlags>(cli, (flags, id) =>
        withConnection(cli, flags, async ({ client }) => {
          const keepOldSeconds = parseKeepOld(flags.keepOld);
          const made = await client.rotateClient(required(id), {
            ...(keepOldSeconds !== undefined && { keepOldSeconds }),
            ...expiryOf(flags),
          });
          return printMade(cli, flags, made);
        }),
      ),
    );

  addCommand(
    group,
    'revoke <id>',
    'end a client; every process refuses its tokens within some seconds',
  ).action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const revoked = await client.revokeClient(required(id));
        if (flags.json === true) printJson(cli.terminal, revoked);
        else cli.terminal.out(`Client ${revoked.id} (${visibleText(revoked.name)}) is revoked.\n`);
        return EXIT.done;
      }),
    ),
  );
}

function expiryOf(flags: ClientFlags): { expiresAt?: string | null } {
  const expiresAt = parseExpiry(flags.expires);
  return expiresAt === undefined ? {} : { expiresAt };
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function parseKeepOld(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit = 's'] = /^(\d{1,6})([smhd])?$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * SECONDS[unit as keyof typeof SECONDS];
  throw wrongUsage(`--keep-old must be a time such as 30m, 12h, 7d or 0, got ${JSON.stringify(text)}`);
}

function printMade(cli: Cli, flags: CommonOptions, made: WireMadeApiClient): number {
  if (flags.json === true) {
    printJson(cli.terminal, made);
    return EXIT.done;
  }
  const end = made.secrets[0]?.endsAt;
  const until = end === undefined ? 'without an end' : `until ${end.slice(0, 10)}`;
  cli.terminal.err(
    `waybill: client "${visibleText(made.name)}" (${made.role}), secret ${until}. Keep it now: it cannot be shown again\n`,
  );
  cli.terminal.out(`client_id=${made.id}\nclient_secret=${made.secret}\n`);
  return EXIT.done;
}

function renderClients(clients: readonly WireApiClient[]): string {
  if (clients.length === 0) return 'No clients yet.\n';
  const titles = ['id', 'name', 'role', 'scopes', 'created at', 'last used at', 'ends'];
  return renderTable(
    titles.map((title) => ({ title })),
    clients.map(({ id, name, role, scopes, createdAt, revokedAt, secrets }) => [
      id,
      name,
      role,
      scopes?.join(' ') ?? 'all',
      createdAt,
      secrets
        .map(({ lastUsedAt }) => lastUsedAt ?? '')
        .toSorted()
        .at(-1) || 'never',
      revokedAt === undefined
        ? (secrets[0]?.endsAt ?? (secrets.length > 0 ? 'never' : 'has no secret'))
        : `revoked ${revokedAt}`,
    ]),
  );
}

function renderClient(client: WireApiClient): string {
  const { id, name, role, scopes, createdBy, createdAt, revokedAt, secrets } = client;
  const lines = [
    `${id}: "${visibleText(name)}" (${role}), created at ${createdAt} by ${visibleText(createdBy)}`,
    `scopes: ${scopes?.join(' ') ?? 'whatever its role may do'}`,
    ...(revokedAt === undefined ? [] : [`revoked at ${revokedAt}`]),
    ...secrets.map(
      (secret) =>
        `secret of ${secret.createdAt}: last used at ${secret.lastUsedAt ?? '- (never)'}, ends ${secret.endsAt ?? 'never'}`,
    ),
    ...(secrets.length === 0 ? ['It has no secret that is good.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}
