/** SailPoint SP-Config: docs/protocols/sailpoint.md */
import type { BoundProtocol, Protocol, ProtocolRoute, TokenPlace } from '../protocol.ts';
import { BINDING_SCHEMA, readBinding, type SailPointBinding, usedCollections } from './binding.ts';
import { renderConfigObjects } from './config-objects.ts';
import { exportRoutes } from './export-routes.ts';
import { PROTOCOL_NAME } from './facts.ts';
import { renderError } from './faults.ts';
import { importRoutes } from './import-routes.ts';
import { KEPT_MS } from './instants.ts';
import { EXPORT_LIMITS } from './limits.ts';
import { describeConfigObjects } from './operations.ts';
import { BASE_PATHS, shapeOf } from './shapes.ts';
import { projectStatus, readStatus } from './status.ts';

export const SAILPOINT: Protocol = {
  name: PROTOCOL_NAME,
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
  bind(raw): BoundProtocol {
    const binding = readBinding(raw);
    return {
      routes: [...exportRoutes(binding), ...importRoutes(binding), configObjectsRoute(binding)],
      uses: usedCollections(binding),
      tokenPlaces: [tokenPlace(binding)],
      elsewhere: EXPORT_LIMITS,
      renderError: (error, request) => renderError(error, request),
    };
  },
  projectStatus,
  readStatus,
};

/** Source: SP-DOC: the answer of the vendor, its lifetime and its members (docs/vendors/sailpoint.md#sign-in-and-limits) */
function tokenPlace({ tenant }: SailPointBinding): TokenPlace {
  const TEXT = { type: 'string' } as const;
  return {
    path: '/oauth/token',
    operationId: 'getSailPointToken',
    lifetimeSeconds: 749,
    tokenType: 'bearer',
    wholeScopes: /^sp:scopes:(all|default)$/,
    more: {
      properties: { tenant_id: TEXT, pod: TEXT, org: TEXT, jti: TEXT },
      render: ({ jti }) => ({ tenant_id: tenant, pod: 'waybill', org: tenant, jti }),
    },
  };
}

function configObjectsRoute(binding: SailPointBinding): ProtocolRoute {
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
