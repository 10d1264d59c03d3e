/** Which functions of a folder have been called in this process: V8 counts them. */
import { globSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CalledFunctions {
  /** Functions that are exported by files of the folder and were never called since: `jobs/find-jobs.ts: findJob`. */
  never(): Promise<string[]>;
}

/** Counts from here on. @param folder absolute */
export async function countCalls(folder: string): Promise<CalledFunctions> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return {
    async never() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      session.disconnect();
      return globSync('**/*.ts', { cwd: folder })
        .toSorted()
        .flatMap((file) => {
          const path = join(folder, file);
          const counted = result.find(({ url }) => url === pathToFileURL(path).href);
          const called = new Set(
            counted?.functions
              .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
              .map(({ functionName }) => functionName),
          );
          return exportedFunctions(readFileSync(path, 'utf8'))
            .filter((name) => !called.has(name))
            .map((name) => `${file}: ${name}`);
        });
    },
  };
}

function exportedFunctions(source: string): string[] {
  return [...source.matchAll(/^export (?:async )?function\*? ?(\w+)/gm)].map(([, name = '']) => name);
}
