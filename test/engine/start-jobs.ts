/** Jobs as the native API starts them, on an engine. */
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import type { ActionDependencies } from '../../src/actions/dependencies.ts';
import { type Accepted, nameKeyed } from '../../src/actions/start-job/idempotency.ts';
import { startJob } from '../../src/actions/start-job/start-job.ts';
import { omitUndefined } from '../../src/core/omit-undefined.ts';
import type {
  ExportRequest,
  ImportRequest,
  PartedExportRequest,
  PartedImportRequest,
} from '../../src/http/kick-off/bodies.ts';
import { type ImportKind, readExport, readImport } from '../../src/http/kick-off/read-bodies.ts';

/** @param key under which the request may be repeated */
export function startImport(
  { actions }: { readonly actions: ActionDependencies },
  kind: ImportKind,
  body: ImportRequest | PartedImportRequest,
  key?: string,
): Promise<Accepted> {
  const named = nameKeyed(`${kind}s`, body, key);
  return startJob(TOKEN_HOLDER, actions, { request: readImport(kind, body), ...omitUndefined({ named }) });
}

export function startExport(
  { actions }: { readonly actions: ActionDependencies },
  body: ExportRequest | PartedExportRequest,
): Promise<Accepted> {
  return startJob(TOKEN_HOLDER, actions, { request: readExport(body) });
}
