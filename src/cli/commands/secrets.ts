import type { Command } from 'commander';
import type { WireSealingKey } from '../../sdk/wire-access.ts';
import { action, addCommand, type Cli, printJson } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';

/** `secrets list|rotate`. */
export function registerSecrets(program: Command, cli: Cli): void {
  const group = program.command('secrets').description('the keys that seal secrets in the database');

  addCommand(group, 'list', 'which keys there are, and what is sealed with them').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const keys = await client.listSealingKeys();
        if (flags.json === true) printJson(cli.terminal, keys);
        else cli.terminal.out(renderKeys(keys));
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'rotate', 'seal all secrets anew with a new key, while the server runs').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const { resealed, keys } = await client.rotateSecrets();
        if (flags.json === true) printJson(cli.terminal, { resealed, keys });
        else {
          cli.terminal.out(
            `${resealed === 1 ? 'One secret was' : `${resealed} secrets were`} sealed anew.\n`,
          );
          cli.terminal.out(renderKeys(keys));
        }
        return EXIT.done;
      }),
    ),
  );
}

function renderKeys(keys: readonly WireSealingKey[]): string {
  if (keys.length === 0) return 'No keys yet: one is made with the first secret.\n';
  return renderTable(
    ['key', 'what it does', 'secrets'].map((title) => ({ title })),
    keys.map(({ id, isWriting, isInFile, secrets }) => [
      id,
      isWriting ? 'seals' : isInFile ? 'opens' : 'is not in the key file',
      String(secrets),
    ]),
  );
}
