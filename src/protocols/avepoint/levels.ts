/**
 * Which levels of a report an exportOptionType asks for: 1 is summary and site level, 2 summary and all objects, 3 the summary alone.
 * Source: AV-DOC (docs/vendors/avepoint.md#kick-offs).
 */
export const LEVELS: Readonly<Record<string, readonly string[]>> = {
  '1': ['summary', 'site'],
  '2': ['summary', 'object'],
  '3': ['summary'],
};

/** The one without anything below the summary. */
export const SUMMARY_ONLY = '3';
