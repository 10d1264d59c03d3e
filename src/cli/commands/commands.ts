import type { Command } from 'commander';
import type { Cli } from '../command-line.ts';
import { registerArtifacts } from './artifacts.ts';
import { registerClients } from './clients.ts';
import { registerCollections } from './collections.ts';
import { registerConfig } from './config.ts';
import { registerCorrect } from './correct.ts';
import { registerDemo } from './demo.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerIntentions } from './intentions.ts';
import { registerIssues } from './issues.ts';
import { registerJobs } from './jobs.ts';
import { registerKeys } from './keys.ts';
import { registerMigrate } from './migrate.ts';
import { registerSandbox } from './sandbox.ts';
import { registerSecrets } from './secrets.ts';
import { registerServe } from './serve.ts';
import { registerValidate } from './validate.ts';
import { registerWatch } from './watch.ts';

/** Adds one command, or a few that belong together, to the program. */
export type RegisterCommand = (program: Command, cli: Cli) => void;

/** Every command, in the order of `waybill --help`. A new one is a file and a line here. */
export const COMMANDS: readonly RegisterCommand[] = [
  registerServe,
  registerImport,
  registerValidate,
  registerExport,
  registerCollections,
  registerJobs,
  registerWatch,
  registerIntentions,
  registerCorrect,
  registerIssues,
  registerArtifacts,
  registerKeys,
  registerSecrets,
  registerClients,
  registerMigrate,
  registerConfig,
  registerSandbox,
  registerDemo,
];
