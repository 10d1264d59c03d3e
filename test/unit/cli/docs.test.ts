import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/main.ts';
import { processTerminal } from '../../../src/cli/terminal.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const program = createProgram({ terminal: processTerminal(), env: {}, cwd: '/', exitCode: 0 });

function listCommands(parent: Command, prefix: string): string[] {
  return parent.commands.flatMap((command) =>
    command.commands.length === 0
      ? [prefix + command.name()]
      : listCommands(command, `${prefix}${command.name()} `),
  );
}

function listOptions(parent: Command): string[] {
  return [...parent.options.flatMap(({ long }) => long ?? []), ...parent.commands.flatMap(listOptions)];
}

test('docs/cli.md shows every command', () => {
  const missing = listCommands(program, 'waybill ').filter((command) => !page.includes(command));
  assert.deepEqual(missing, []);
});

test('docs/cli.md names no option that there is not', () => {
  const known = new Set([...listOptions(program), '--help', '--silent']);
  const named = new Set(page.match(/--[a-z][a-z-]*[a-z]/g));
  assert.deepEqual(
    [...named].filter((option) => !known.has(option) && option !== '--split'),
    [],
  );
});
