/**
 * The public API of the package: the typed client of a Waybill server, its errors, and the types that own modules need
 * (docs/own-code.md). A server is run by the command line.
 */

export type {
  EmptyRule,
  FieldRules,
  FieldType,
} from './collections/collection.ts';
export { type Counts } from './core/counts.ts';
export { AppError, ERROR_CODES, type ErrorCode, type ErrorDetails, isAppError } from './core/errors.ts';
export {
  describeIssue,
  ISSUE_TEMPLATES,
  type Issue,
  type IssueCode,
  type IssueParams,
  type IssueSeverity,
} from './core/issue.ts';
export type {
  Atomicity,
  DuplicatePolicy,
  ExportOptions,
  Filter,
  FilterOperator,
  ImportMode,
  ImportOptions,
  JobFailure,
  JobKind,
} from './core/job.ts';
export { isFinal, JOB_STATES, type JobState } from './core/job-state.ts';
export {
  type Client,
  createClient,
  type Intention,
  type IssueFilters,
  type JobFilters,
} from './sdk/client.ts';
export type { ServerAddress } from './sdk/request.ts';
export type { WaitOptions } from './sdk/wait-for-job.ts';
export type {
  WireArtifact as Artifact,
  WireCollection as StoredCollection,
  WireInspection as Inspection,
  WireIssueGroup as IssueGroup,
  WireJob as Job,
  WirePlan as CollectionPlan,
  WireTimelineEntry as TimelineEntry,
  WireUpload as Upload,
} from './sdk/wire.ts';
export type {
  OwnTargetContext,
  OwnTargetModule,
  OwnTargetOutcome,
  OwnTargetRecord,
} from './targets/module/own-target.ts';
export type { OwnContext, OwnFinding, OwnModule, OwnRecord } from './worker/import/reading/own-module.ts';
