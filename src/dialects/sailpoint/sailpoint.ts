/** SailPoint SP-Config: docs/dialects/sailpoint.md */
import type { BoundDialect, Dialect, DialectRoute } from '../dialect.ts';
import { BINDING_SCHEMA, readBinding, type SailPointBinding, usedCollections } from './binding.ts';
import { renderConfigObjects } from './config-objects.ts';
import { exportRoutes } from './export-routes.ts';
import { DIALECT_NAME } from './facts.ts';
import { renderError } from './faults.ts';
import { importRoutes } from './import-routes.ts';
import { KEPT_MS } from './instants.ts';
import { EXPORT_LIMITS } from './limits.ts';
import { describeConfigObjects } from './operations.ts';
import { BASE_PATHS, shapeOf } from './shapes.ts';
import { projectStatus, readStatus } from './status.ts';

export const SAILPOINT: Dialect = {
  name: DIALECT_NAME,
  title: 'SailPoint SP-Config',
  basePaths: BASE_PATHS,
  capabilities: {
    kinds: ['export', 'import', 'validation'],
    canCancel: false,
    canSchedule: false,
    canDownload: true,
    canDeliver: false,
  },
  promisesKeptMs: KEPT_MS,
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundDialect {
    const binding = readBinding(raw);
    return {
      routes: [...exportRoutes(binding), ...importRoutes(binding), configObjectsRoute(binding)],
      uses: usedCollections(binding),
      elsewhere: EXPORT_LIMITS,
      renderError: (error, request) => renderError(error, request),
    };
  },
  projectStatus,
  readStatus,
};

function configObjectsRoute(binding: SailPointBinding): DialectRoute {
  return {
    method: 'GET',
    path: '/config-objects',
    limits: EXPORT_LIMITS,
    operation: describeConfigObjects(),
    handle: ({ basePath }) => ({
      do: 'answer',
      answer: { status: 200, body: renderConfigObjects(shapeOf(basePath), binding) },
    }),
  };
}
