import { belowHead, type Cli } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

/** The first signal stops cleanly. The second ends at once. */
export function stopOnSignals(cli: Cli, stop: () => Promise<void>): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(EXIT.failed);
      isStopping = true;
      stop().catch((error: Error) => {
        cli.terminal.err(`waybill: ${belowHead(error.message)}\n`);
        process.exit(EXIT.failed);
      });
    });
  }
}
