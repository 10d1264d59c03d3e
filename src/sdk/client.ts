import type { Readable, Writable } from 'node:stream';
import { downloadTo, downloadToFile } from './download.ts';
import { type RequestOptions, requestJson, type ServerAddress, send } from './request.ts';
import { type WaitOptions, waitForJob } from './wait-for-job.ts';
import type {
  WireArtifact,
  WireCollection,
  WireInspection,
  WireIssue,
  WireIssueGroup,
  WireJob,
  WirePlan,
  WireTimelineEntry,
  WireUpload,
  WireVersion,
} from './wire.ts';
import type {
  WireAccess,
  WireApiClient,
  WireKey,
  WireMadeApiClient,
  WireMadeKey,
  WireRotation,
  WireSealingKey,
} from './wire-access.ts';

export type Intention = 'cancel' | 'pause' | 'resume' | 'retry';

export interface JobFilters {
  readonly state?: readonly string[];
  readonly kind?: string;
  readonly collection?: string;
  readonly label?: string;
  readonly createdBy?: string;
  readonly parentId?: string;
  readonly since?: string;
  readonly before?: number;
  readonly limit?: number;
}

export interface IssueFilters {
  readonly after?: string;
  readonly code?: string;
  readonly field?: string;
  readonly severity?: 'warning' | 'error';
  /** One record or a range: `17`, `10-20`, `10-`. */
  readonly record?: string;
  /** Of the records with this key: a text for each of its fields, in the key's order. */
  readonly key?: readonly string[];
  readonly limit?: number;
}

export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly allowDestructive?: boolean;
  /** Only while this version is the current one; 0: only when there is no such collection. */
  readonly ifVersion?: number;
}

/** A typed client of the native API. Every method throws `AppError` with the server's code and words. */
export interface Client {
  readonly server: ServerAddress;
  /** Streams a file in; nothing of it is held in memory. */
  upload(source: Readable, fileName?: string): Promise<WireUpload>;
  /** What an upload is, how it would be read, and what a collection for it could be. */
  inspect(uploadId: string, request: object): Promise<WireInspection>;
  listCollections(): Promise<readonly WireCollection[]>;
  /** `scope` as `column=value`: count within it. */
  getCollection(
    name: string,
    options?: { count?: boolean; scope?: readonly string[] },
  ): Promise<WireCollection>;
  applyCollection(name: string, definition: object, options?: ApplyOptions): Promise<WirePlan>;
  dropCollection(name: string, options?: { allowDestructive?: boolean }): Promise<void>;
  /** Newest first; those of a dropped collection too. */
  listVersions(name: string): Promise<readonly WireVersion[]>;
  /** The definition as a job has pinned it. */
  getVersion(name: string, version: number): Promise<WireVersion>;
  /** A file to fill in: CSV with the collection's header, of names or titles. */
  getTemplate(name: string, options?: { header?: 'names' | 'titles' }): Promise<string>;
  /** Bodies as docs/http-api.md describes them. */
  startJob(
    kind: 'import' | 'validation' | 'export',
    request: object,
    idempotencyKey?: string,
  ): Promise<WireJob>;
  correct(jobId: string, uploadId: string): Promise<WireJob>;
  /** `id` is a job's id or its number, here and below. */
  getJob(id: string): Promise<WireJob>;
  listJobs(filters?: JobFilters): Promise<{ readonly jobs: readonly WireJob[]; readonly next?: number }>;
  intend(id: string, intention: Intention): Promise<WireJob>;
  /** Only of a job that has ended; its files and issues go with it. */
  deleteJob(id: string): Promise<void>;
  waitForJob(id: string, options?: WaitOptions): Promise<WireJob>;
  getTimeline(id: string): Promise<readonly WireTimelineEntry[]>;
  listIssueGroups(id: string): Promise<readonly WireIssueGroup[]>;
  listIssues(
    id: string,
    filters?: IssueFilters,
  ): Promise<{
    readonly issues: readonly WireIssue[];
    readonly next?: string;
    /** Since then the issues have no values of records any more. */
    readonly valuesRemovedAt?: string;
  }>;
  listArtifacts(id: string): Promise<readonly WireArtifact[]>;
  /** The key itself is in the answer, and never again. */
  createKey(request: object): Promise<WireMadeKey>;
  /** Newest first. */
  listKeys(): Promise<readonly WireKey[]>;
  revokeKey(id: string): Promise<WireKey>;
  listSealingKeys(): Promise<readonly WireSealingKey[]>;
  /** Seals all secrets in the database anew. */
  rotateSecrets(): Promise<WireRotation>;
  /** An OAuth 2.0 client; its secret is in the answer, and never again. */
  createClient(request: object): Promise<WireMadeApiClient>;
  /** Newest first. */
  listClients(): Promise<readonly WireApiClient[]>;
  getClient(id: string): Promise<WireApiClient>;
  /** With another secret. */
  rotateClient(id: string, request?: object): Promise<WireMadeApiClient>;
  revokeClient(id: string): Promise<WireApiClient>;
  /** Who this client is to the server, and what it may do. */
  readAccess(): Promise<WireAccess>;
  /** Gives the number of bytes received. */
  download(artifact: WireArtifact, path: string): Promise<number>;
  downloadTo(artifact: WireArtifact, sink: Writable): Promise<number>;
}

export function createClient(server: ServerAddress): Client {
  const get = <T>(path: string, query?: RequestOptions['query']) =>
    requestJson<T>(server, path, query === undefined ? {} : { query });
  const post = <T>(path: string, options: Omit<RequestOptions, 'method'> = {}) =>
    requestJson<T>(server, path, { ...options, method: 'POST' });
  const apiClient = (id: string) => `/v1/clients/${encodeURIComponent(id)}`;
  const job = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;
  const collection = (name: string) => `/v1/collections/${encodeURIComponent(name)}`;
  return {
    server,
    upload: (stream, name) =>
      post('/v1/uploads', {
        stream,
        query: { name },
        headers: { 'content-type': 'application/octet-stream' },
      }),
    inspect: (uploadId, json) => post(`/v1/uploads/${uploadId}/inspect`, { json }),
    listCollections: async () =>
      (await get<{ collections: WireCollection[] }>('/v1/collections')).collections,
    getCollection: (name, query = {}) => get(collection(name), query),
    applyCollection: (name, json, { ifVersion, ...query } = {}) =>
      requestJson(server, collection(name), {
        method: 'PUT',
        json,
        query,
        ...(ifVersion !== undefined && { headers: conditionOf(ifVersion) }),
      }),
    async dropCollection(name, query = {}) {
      await send(server, collection(name), { method: 'DELETE', query: { ...query } });
    },
    listVersions: async (name) =>
      (await get<{ versions: WireVersion[] }>(`${collection(name)}/versions`)).versions,
    getVersion: (name, version) => get(`${collection(name)}/versions/${version}`),
    getTemplate: async (name, query = {}) =>
      (await send(server, `${collection(name)}/template`, { query })).text(),
    startJob: (kind, json, key) =>
      post(`/v1/${kind}s`, { json, ...(key !== undefined && { headers: { 'idempotency-key': key } }) }),
    createKey: (json) => post('/v1/keys', { json }),
    listKeys: async () => (await get<{ keys: WireKey[] }>('/v1/keys')).keys,
    revokeKey: (id) => requestJson(server, `/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    listSealingKeys: async () => (await get<{ keys: WireSealingKey[] }>('/v1/secrets')).keys,
    rotateSecrets: () => post('/v1/secrets/rotate'),
    createClient: (json) => post('/v1/clients', { json }),
    listClients: async () => (await get<{ clients: WireApiClient[] }>('/v1/clients')).clients,
    getClient: (id) => get(apiClient(id)),
    rotateClient: (id, json = {}) => post(`${apiClient(id)}/rotate`, { json }),
    revokeClient: (id) => requestJson(server, apiClient(id), { method: 'DELETE' }),
    readAccess: () => get('/v1/access'),
    correct: (id, upload) => post(`${job(id)}/correct`, { json: { upload } }),
    getJob: (id) => get(job(id)),
    listJobs: (filters = {}) => get('/v1/jobs', { ...filters }),
    intend: (id, intention) => post(`${job(id)}/${intention}`),
    async deleteJob(id) {
      await send(server, job(id), { method: 'DELETE' });
    },
    waitForJob: (id, options) => waitForJob(server, id, options),
    getTimeline: async (id) => (await get<{ entries: WireTimelineEntry[] }>(`${job(id)}/timeline`)).entries,
    listIssueGroups: async (id) =>
      (await get<{ groups: WireIssueGroup[] }>(`${job(id)}/issue-groups`)).groups,
    listIssues: (id, filters = {}) => get(`${job(id)}/issues`, { ...filters }),
    listArtifacts: async (id) => (await get<{ artifacts: WireArtifact[] }>(`${job(id)}/artifacts`)).artifacts,
    download: (artifact, path) => downloadToFile(server, artifact.url, path),
    downloadTo: (artifact, sink) => downloadTo(server, artifact.url, sink),
  };
}

function conditionOf(version: number): Record<string, string> {
  return version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
}
