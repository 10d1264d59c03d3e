/** What a file that a job has left is. */
export const ARTIFACT_KINDS = ['result', 'manifest', 'issues', 'failed_rows', 'unreadable_rows'] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];
