/** What answers have below which base path: the protocol as it was in 2022, and as it has been since the end of 2023. */

export type JobType = 'EXPORT' | 'IMPORT';

/** Members of a job, in the order of the vendor's examples. */
export type JobMember =
  | 'jobId'
  | 'status'
  | 'type'
  | 'message'
  | 'description'
  | 'expiration'
  | 'created'
  | 'modified'
  | 'completed';

export interface Shape {
  readonly kickOff: Readonly<Record<JobType, readonly JobMember[]>>;
  readonly status: Readonly<Record<JobType, readonly JobMember[]>>;
  /** What has no value is null, or not there at all. */
  readonly absent: 'null' | 'left out';
  /** Members of a config object. */
  readonly configObject: readonly string[];
}

const ALL: readonly JobMember[] = [
  'jobId',
  'status',
  'type',
  'message',
  'description',
  'expiration',
  'created',
  'modified',
  'completed',
];

/** Source: SEED2; its example has `message: null` although the schema knows no null. */
export const SEED_SHAPE: Shape = {
  kickOff: { EXPORT: ALL, IMPORT: ALL },
  status: { EXPORT: ALL, IMPORT: ALL },
  absent: 'null',
  configObject: [
    'objectType',
    'resolveByIdUrl',
    'resolveByNameUrl',
    'exportUrl',
    'exportRight',
    'exportLimit',
    'importUrl',
    'importRight',
    'importLimit',
    'referenceExtractors',
    'signatureRequired',
  ],
};

const JOB: readonly JobMember[] = ['jobId', 'status', 'type', 'expiration', 'created', 'modified'];

/** Source: SP-SPEC (53f0c40d): SpConfigJob, SpConfigExportJob, SpConfigExportJobStatus, SpConfigImportJobStatus. */
export const LATER_SHAPE: Shape = {
  kickOff: { EXPORT: [...JOB, 'description'], IMPORT: JOB },
  status: { EXPORT: [...JOB, 'description', 'completed'], IMPORT: [...JOB, 'message', 'completed'] },
  absent: 'left out',
  configObject: [
    'objectType',
    'referenceExtractors',
    'signatureRequired',
    'alwaysResolveById',
    'legacyObject',
    'onePerTenant',
    'exportable',
    'rules',
  ],
};

const SHAPES = {
  '/beta/sp-config': SEED_SHAPE,
  '/v2024/sp-config': LATER_SHAPE,
  '/v2025/sp-config': LATER_SHAPE,
  '/v2026/sp-config': LATER_SHAPE,
  '/sp-config/v1': LATER_SHAPE,
} as const satisfies Readonly<Record<string, Shape>>;

export const BASE_PATHS = Object.keys(SHAPES);

export function shapeOf(basePath: string): Shape {
  const shape = (SHAPES as Readonly<Record<string, Shape>>)[basePath];
  if (shape === undefined) throw new Error(`there is no shape for ${basePath}`);
  return shape;
}

/** These members of what is known, in their order. */
export function pick(
  { absent }: Shape,
  members: readonly string[],
  known: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const all = members.map((member) => [member, known[member] ?? null] as const);
  return Object.fromEntries(absent === 'null' ? all : all.filter(([, value]) => value !== null));
}
