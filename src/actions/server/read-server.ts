/** How the server itself is. */
import { AppError } from '../../core/errors.ts';
import { type Figures, readFigures as selectFigures } from '../../store/figures.ts';
import { findReadOnlyReason } from '../../store/read-only.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';

/** Resolves where jobs are taken. @throws AppError `database.unavailable` */
export async function checkReady(
  caller: Caller,
  { isReady, pool }: Pick<ActionDependencies, 'isReady' | 'pool'>,
): Promise<void> {
  authorize(caller, 'server.health');
  if (!isReady()) throw new AppError('database.unavailable', 'The server shuts down.', { isRetryable: true });
  const reason = await findReadOnlyReason(pool);
  if (reason !== undefined) throw readOnly(reason);
}

/** About all jobs. */
export async function readFigures(
  caller: Caller,
  { pool }: Pick<ActionDependencies, 'pool'>,
): Promise<Figures> {
  authorize(caller, 'server.metrics');
  return selectFigures(pool);
}

function readOnly(reason: string): AppError {
  return new AppError(
    'database.unavailable',
    `The database is read-only: ${reason}. No job can be taken until it is not.`,
    {
      details: { reason },
      isRetryable: true,
    },
  );
}
