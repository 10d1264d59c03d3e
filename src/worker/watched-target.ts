/**
 * A target as an attempt asks it: what is under way at it is known to the attempt, so that a job that stands still can say what it waits
 * for; and what keeps nothing is left as soon as somebody wants the job to stop.
 */
import type { Target, TargetWriter } from '../targets/target.ts';
import type { Attempt } from './attempt.ts';

export function watchTarget(attempt: Attempt, target: Target): Target {
  const { job, epoch, boundary } = attempt;
  const watch = <T>(work: Promise<T>) => attempt.await(target, work);
  return {
    ...target,
    describe: (collection) => watch(target.describe(collection, { jobId: job.id, epoch, signal: boundary })),
    openWriter: async (options) => watchWriter(await watch(target.openWriter(options, boundary)), watch),
    settleSequences: (options, call) => watch(target.settleSequences?.(options, call) ?? Promise.resolve([])),
    openSnapshot: (options) => watch(target.openSnapshot({ ...options, signal: boundary })),
  };
}

function watchWriter(writer: TargetWriter, watch: <T>(work: Promise<T>) => Promise<T>): TargetWriter {
  return {
    ...writer,
    stage: (chunk, signal) => watch(writer.stage(chunk, signal)),
    write: (staged, signal) => watch(writer.write(staged, signal)),
    probeKeys: (staged, signal) => watch(writer.probeKeys(staged, signal)),
    probeUniques: (staged, signal) => watch(writer.probeUniques(staged, signal)),
    commit: (signal) => watch(writer.commit(signal)),
    discard: () => watch(writer.discard()),
  };
}
