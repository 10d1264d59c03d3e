/** Groups of operations, in the order in which a reader meets them. */
export const TAGS = {
  Uploads: 'Files that clients have sent. Jobs refer to them.',
  Collections: 'Named sets of records with rules, a key and a target.',
  'Starting jobs':
    'Imports, validations and exports. Each answers at once with a job, which a worker then runs.',
  Jobs: 'The status of jobs, and actions on them.',
  Issues: 'What is wrong with records: where, what and why.',
  Files: 'The files of a job: results, manifests, issue files, failed rows.',
  Keys: 'API keys of clients, and what the credentials of a request may do.',
  Secrets: 'The keys that seal secrets in the database.',
  Clients: 'OAuth 2.0: clients, and the access tokens that they get.',
  Server: 'The server itself.',
} as const;

export type Tag = keyof typeof TAGS;
