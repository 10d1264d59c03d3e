/** Groups of operations, in the order in which a reader meets them. */
export const TAGS = {
  Uploads: 'Files that are sent, hashed and kept; jobs refer to them.',
  Collections: 'Named sets of records with rules, a key and a target.',
  'Starting jobs': 'Imports, validations and exports. Each answers at once with a job, which a worker does.',
  Jobs: 'What became of a job, and what one may ask of it.',
  Issues: 'What is wrong with records: where, what and why.',
  Files: 'What a job leaves: results, manifests, issue files, failed rows.',
  Server: 'The server itself.',
} as const;

export type Tag = keyof typeof TAGS;
