/** A job's log as text for people: what happened when, and once it has ended, what came of it. */
import { addCounts, type Counts, NO_COUNTS, processedRecords, resultFigures } from '../../core/counts.ts';
import type { Job, JobPart } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import type { TimelineEntry } from '../../store/jobs/find-jobs.ts';

/** Something that happened. */
export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** Everything but the issues. @param lines of the attempt that writes, beside what the timeline has */
export function renderLog(
  job: Job,
  timeline: readonly TimelineEntry[],
  lines: readonly LogLine[],
): readonly string[] {
  const happened = [...timeline.map(lineOf), ...lines].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return [
    `Waybill, job ${job.number} (${job.id}): ${job.kind} of ${job.parts.map(describePart).join('; ')}\n`,
    ...(job.description === undefined ? [] : [`${onOneLine(job.description)}\n`]),
    '\n',
    ...happened.map(({ at, text }) => `${at.toISOString()}  ${onOneLine(text)}\n`),
    ...(isFinal(job.state) ? renderEnd(job) : []),
  ];
}

function describePart({ collection, source }: JobPart): string {
  if (source === undefined) return collection;
  return `${collection}, from ${'location' in source ? source.location : `upload ${source.upload}`}`;
}

function renderEnd(job: Job): string[] {
  const counts = job.parts.map((part) => part.counts).reduce<Counts>(addCounts, NO_COUNTS);
  const { successful, warnings, errors } = resultFigures(counts);
  const { created, updated, unchanged, deleted, skipped, removed } = counts;
  return [
    '\nResults\n',
    `  ${processedRecords(counts)} processed: ${successful} successful, ${warnings} with warnings, ${errors} rejected\n`,
    `  ${created} created, ${updated} updated, ${unchanged} unchanged, ${deleted} deleted, ${skipped} skipped, ${removed} removed\n`,
    ...(job.failure === undefined ? [] : [`  ${job.failure.message} [${job.failure.code}]\n`]),
  ];
}

/** Words for what the timeline notes; others are told by their own name. */
const WORDS: Readonly<Record<string, string>> = {
  created: 'accepted',
  claimed: 'a worker begins',
  given_back: 'given back',
  delivery_started: 'the result is complete',
  fetched: 'the source was fetched',
};

function lineOf({ at, event, epoch, detail }: TimelineEntry): LogLine {
  const words = WORDS[event] ?? event.replaceAll('_', ' ');
  const number = event === 'claimed' ? ` (attempt ${epoch})` : '';
  const { reason, message, kept, fields } = detail;
  const named = Array.isArray(fields) ? fields.join(', ') : undefined;
  const reasons = [reason, message, typeof kept === 'string' ? `kept: ${kept}` : undefined, named];
  const given = reasons.filter((each) => typeof each === 'string');
  return { at, text: `${words}${number}${given.map((each) => `; ${each}`).join('')}` };
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s*\p{Cc}+\s*/gu, ' ');
}
