/**
 * The seam to the wire protocols. A protocol turns requests into commands and jobs into answers, and does nothing else: it reads no file, no
 * database and no clock, so that all of it can be tested with values. Whoever mounts it (`src/http/mount/`) carries the commands out.
 */
import type { AppError } from '../core/errors.ts';
import type { Filter, Job, JobKind } from '../core/job.ts';
import type { JobRequest } from '../core/job-request.ts';
import type { SourceValue } from '../core/source-value.ts';
import type { Download } from './download.ts';
import type { StatusView } from './status-view.ts';
import type { HttpMethod, WireAnswer, WireFile, WireRequest } from './wire.ts';

/** Names a job by its UUID, however it is spelled, or by its number. */
export type JobName = { readonly id: string } | { readonly number: number };

/** What a request asks for. Functions in it are called once it has been done, and are as pure as the rest. */
export type Command =
  | { readonly do: 'answer'; readonly answer: WireAnswer }
  | { readonly do: 'start'; readonly job: JobRequest; readonly answer: (job: Job) => WireAnswer }
  | {
      /** Takes a JSON document apart, one element of an array in it after the other, into sources for the parts of a job. */
      readonly do: 'split';
      /** Not needed afterwards. */
      readonly file: WireFile;
      /** Name of the array in the document. */
      readonly member: string;
      /** Where an element goes; undefined leaves it out. Refuses by throwing. */
      readonly place: (element: JsonElement) => PlacedRecord | undefined;
      readonly next: (split: SplitFile) => Command;
    }
  | {
      readonly do: 'show';
      readonly job: JobName;
      /** Jobs of other kinds are `job.not_found`. */
      readonly kinds: readonly JobKind[];
      readonly answer: (job: Job) => WireAnswer;
    }
  | {
      /** What is being cancelled, or is cancelled already, may be cancelled again. */
      readonly do: 'cancel';
      readonly job: JobName;
      readonly kinds: readonly JobKind[];
      /** Looks at the job as it is before; refuses by throwing. */
      readonly check?: (job: Job) => void;
      readonly answer: (job: Job) => WireAnswer;
    }
  | { readonly do: 'health'; readonly answer: (health: ServerHealth) => WireAnswer }
  | {
      readonly do: 'download';
      readonly job: JobName;
      readonly kinds: readonly JobKind[];
      /** Which bytes; refuses by throwing. */
      readonly file: (job: Job) => Download;
    };

/** The members of a JSON object: texts decoded, other values as the document has them. */
export type JsonElement = ReadonlyMap<string, SourceValue>;

export interface PlacedRecord {
  /** Records of one name make one source. */
  readonly part: string;
  /** A JSON object on one line. */
  readonly line: string;
}

export interface SplitFile {
  /** What the document says beside the array, in whose place is an empty one. */
  readonly document: unknown;
  /** In the order in which their first records came. */
  readonly parts: readonly { readonly name: string; readonly upload: string; readonly records: number }[];
}

/** What works at this moment. */
export interface ServerHealth {
  /** False while the server shuts down. */
  readonly isReady: boolean;
  readonly hasDatabase: boolean;
  /** The data folder can be reached. */
  readonly hasFiles: boolean;
  /** There is more room in it than is always left. */
  readonly hasSpace: boolean;
  /** Worker processes that live; 0 where the database cannot be asked. */
  readonly workers: number;
  readonly version: string;
  /** Of the process that answers. */
  readonly uptimeSeconds: number;
}

/** Data about a route, enforced by whoever mounts it. */
export interface RouteLimits {
  /**
   * What the client must be allowed to do; undefined: anybody may call, no credentials are looked at, and nothing can be asked for but the
   * server's health.
   */
  readonly permission: string | undefined;
  /** Names of permissions that are as good. */
  readonly otherPermissions?: readonly string[];
  /** Requests in a window that begins with the first of them; `scope` is what shares the counter, below one base path. Absent: as many as come. */
  readonly rate?: { readonly requests: number; readonly seconds: number; readonly scope: string };
}

/** A header, a parameter or a member of a query, as JSON Schema with its description. */
export type Parameters = Readonly<Record<string, object>>;

/** The operation as the protocol's OpenAPI document shows it. */
export interface Operation {
  /** A verb and a noun, unique in the protocol. */
  readonly operationId: string;
  readonly summary: string;
  readonly headers?: Parameters;
  readonly requiredHeaders?: readonly string[];
  readonly params?: Parameters;
  readonly query?: Parameters;
  readonly requiredQuery?: readonly string[];
  /** By media type. */
  readonly body?: Readonly<Record<string, object>>;
  /** By status: description, headers by name, and a body by media type. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
}

export interface OperationAnswer {
  readonly description: string;
  readonly headers?: Parameters;
  readonly content?: Readonly<Record<string, object>>;
}

export interface ProtocolRoute {
  readonly method: HttpMethod;
  /** A GET that starts a job. HEAD, which is to be as harmless as it looks, is a wrong method there. */
  readonly startsByGet?: boolean;
  /** Below the base path, in Fastify's notation: `/job/:jobId/exportstatus`. */
  readonly path: string;
  /** Other spellings of the same path. */
  readonly aliases?: readonly string[];
  /** How the body is read. Default: none. A form is multipart/form-data with fields and files. */
  readonly body?: 'json' | 'form';
  /** Parts of a form that are kept as uploads, whether they come as files or as fields. All others are read as text. */
  readonly formFiles?: readonly string[];
  readonly limits: RouteLimits;
  readonly operation: Operation;
  /** @throws Refusal for whatever is wrong with the request */
  handle(request: WireRequest): Command;
}

/** What a counter says after a request was counted. */
export interface RateState {
  readonly limit: number;
  /** Never below zero. */
  readonly remaining: number;
  /** When the window has room for all requests again. */
  readonly resetAt: Date;
}

/** A collection, and what of it a binding relies on. */
export interface UsedCollection {
  readonly collection: string;
  /** What the binding says of its scope; undefined: nothing. It must name exactly the scope that the collection has. */
  readonly scope: Readonly<Record<string, string>> | undefined;
  readonly fields: readonly string[];
  /** Filters of the binding itself; values must be such as their fields take. */
  readonly filters?: readonly Filter[];
  /** Where the configuration names it, such as `portals.PROD-1000`. */
  readonly place: string;
}

/** A protocol with its binding: what is mounted. */
export interface BoundProtocol {
  readonly routes: readonly ProtocolRoute[];
  /** Further routes, which the vendor has beside its base paths. Default: none. */
  readonly rootRoutes?: readonly ProtocolRoute[];
  /** What must be there when the server starts. */
  readonly uses: readonly UsedCollection[];
  /** Where clients get access tokens, beside `/oauth/token`. Default: nowhere else. */
  readonly tokenPlaces?: readonly TokenPlace[];
  /** Guards requests below the base paths that lead to no route; they are refused anyway. Default: none. */
  readonly elsewhere?: RouteLimits;
  /**
   * The answer to a request that failed: an expected error, or undefined for a bug of ours. Total: every code has an answer.
   *
   * @param operationId of the route; undefined where the path leads to none
   */
  renderError(error: AppError | undefined, request: WireRequest, operationId: string | undefined): WireAnswer;
  /** What is posted to the address that a job's request has named: JSON. Needed where requests may name one (`JobRequest.notify`). */
  renderNotification?(
    job: Job,
    now: Date,
  ): { readonly body: string; readonly headers?: Readonly<Record<string, string>> };
  /** Headers of every answer; `requestId` names the request in the log. */
  answerHeaders?(rate: RateState | undefined, now: Date, requestId: string): Readonly<Record<string, string>>;
}

/** Where and in which shape the vendor's clients get their access tokens (OAuth 2.0, client credentials). */
export interface TokenPlace {
  /** At the root of the host, in Fastify's notation: `/connect/token`. */
  readonly path: string;
  readonly operationId: string;
  readonly lifetimeSeconds: number;
  /** As the vendor writes it; clients must not care. */
  readonly tokenType: 'Bearer' | 'bearer';
  /** Scopes that stand for everything that a client may have. */
  readonly wholeScopes?: RegExp;
  /** Members of the answer beside those of RFC 6749, with their schemas. */
  readonly more?: {
    readonly properties: Parameters;
    readonly render: (token: { readonly jti: string; readonly lifetimeSeconds: number }) => object;
  };
}

export interface ProtocolCapabilities {
  readonly kinds: readonly JobKind[];
  readonly canCancel: boolean;
  readonly canSchedule: boolean;
  readonly canDownload: boolean;
  /** Results are carried to where the request says. */
  readonly canDeliver: boolean;
}

export interface Protocol {
  /** Of its folder and of its part of the configuration: `avepoint`. */
  readonly name: string;
  /** For people: whose protocol it is. */
  readonly title: string;
  /** Where the vendor has it, each without a slash at its end: every route is below each of them. */
  readonly basePaths: readonly string[];
  readonly capabilities: ProtocolCapabilities;
  /** How long its answers say that results can be had: retention may not be shorter. Default: they say nothing. */
  readonly promisesKeptMs?: number;
  /** JSON Schema 2020-12 of the binding: what stands below its name in the configuration. */
  readonly bindingSchema: object;
  /**
   * @param binding what `bindingSchema` accepts
   * @throws AppError `config.invalid` for what no schema can say
   */
  bind(binding: unknown): BoundProtocol;
  /** What a status answer will say of a job, in common words. */
  projectStatus(job: Job, now: Date): StatusView;
  /** Reads a status answer of the vendor's or of ours; states that it does not know become `unknown`. */
  readStatus(body: unknown): StatusView;
}
