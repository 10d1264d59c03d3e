import { stat } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';

/**
 * Whether the folders of the setting `locations` are there. Later one may go away for a while, as a disk of another machine does; at the
 * start it is taken for a mistake.
 *
 * @throws AppError `config.invalid` that names all that are missing
 */
export async function checkLocations(locations: Readonly<Record<string, string>>): Promise<void> {
  const problems: string[] = [];
  for (const [prefix, folder] of Object.entries(locations)) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() === true) continue;
    problems.push(
      `locations: "${prefix}" stands for ${folder}, ${found === undefined ? 'which is not there' : 'which is no folder'}`,
    );
  }
  if (problems.length === 0) return;
  throw new AppError('config.invalid', `The configuration has a problem:\n  - ${problems.join('\n  - ')}`, {
    details: { problems },
  });
}
