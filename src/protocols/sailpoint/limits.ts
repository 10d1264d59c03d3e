import type { RouteLimits } from '../protocol.ts';

/** Source: SP-DOC: 100 requests in 10 seconds for each client and version of the API. */
export const RATE = { requests: 100, seconds: 10, scope: 'sp-config' } as const;

/** The scopes of 2022 first, then those of today. Source: docs/vendors/sailpoint.md#endpoints */
export const EXPORT_LIMITS: RouteLimits = {
  permission: 'sp:config:export',
  otherPermissions: ['sp:config:read', 'sp:config:manage'],
  rate: RATE,
};
export const IMPORT_LIMITS: RouteLimits = {
  permission: 'sp:config:import',
  otherPermissions: ['sp:config:manage'],
  rate: RATE,
};
