/** Which object types there are. */
import type { SailPointBinding } from './binding.ts';
import { EXPORT_LIMITS, IMPORT_LIMITS, RATE } from './limits.ts';
import { pick, type Shape } from './shapes.ts';

/** Inside the vendor's own system they are addresses of its services (`ets://trigger-subscriptions/$id`). */
function addressOf(collection: string, path = ''): string {
  return `waybill://collections/${collection}${path}`;
}

export function renderConfigObjects(shape: Shape, { types }: SailPointBinding): object[] {
  return [...types].map(([objectType, { collection, name, importable }]) => {
    const whole = { url: addressOf(collection), query: null };
    return pick(shape, shape.configObject, {
      objectType,
      resolveByIdUrl: { url: addressOf(collection, '/$id'), query: null },
      resolveByNameUrl: [{ url: addressOf(collection), query: { filters: `${name} eq "$name"` } }],
      exportUrl: whole,
      exportRight: EXPORT_LIMITS.permission,
      exportLimit: RATE.requests,
      ...(importable && {
        importUrl: whole,
        importRight: IMPORT_LIMITS.permission,
        importLimit: RATE.requests,
      }),
      referenceExtractors: [],
      signatureRequired: false,
      alwaysResolveById: false,
      legacyObject: false,
      onePerTenant: false,
      exportable: true,
      rules: { takeFromTargetRules: [], defaultRules: [], editable: false },
    });
  });
}
