import type { Job } from '../../core/job.ts';
import type { Download } from '../download.ts';
import { refuse } from './envelope.ts';

/**
 * The archive with the report.
 *
 * @throws Refusal for a job that has none: not yet, not at all, or since another protocol started it, whose files have other forms
 */
export function chooseReport(job: Job): Download {
  if (job.origin?.protocol !== 'avepoint') throw refuse('This job has no report.', 404);
  if (job.state === 'failed' || job.state === 'cancelled') {
    throw refuse('The export job failed, so there is no report.');
  }
  if (job.state !== 'succeeded') throw refuse('The export job is not finished yet.');
  return { type: 'file', choose: (files) => files.find(({ kind }) => kind === 'result') };
}
