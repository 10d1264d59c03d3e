/** The types of configuration objects that the protocol names. Source: docs/vendors/sailpoint.md#endpoints, SP-SPEC. */
export const OBJECT_TYPES = [
  'ACCESS_PROFILE',
  'ACCESS_REQUEST_CONFIG',
  'ATTR_SYNC_SOURCE_CONFIG',
  'AUTH_ORG',
  'CAMPAIGN_FILTER',
  'CONNECTOR_RULE',
  'FORM_DEFINITION',
  'GOVERNANCE_GROUP',
  'IDENTITY_OBJECT_CONFIG',
  'IDENTITY_PROFILE',
  'LIFECYCLE_STATE',
  'NOTIFICATION_TEMPLATE',
  'PASSWORD_POLICY',
  'PASSWORD_SYNC_GROUP',
  'PUBLIC_IDENTITIES_CONFIG',
  'ROLE',
  'RULE',
  'SEGMENT',
  'SERVICE_DESK_INTEGRATION',
  'SOD_POLICY',
  'SOURCE',
  'TAG',
  'TRANSFORM',
  'TRIGGER_SUBSCRIPTION',
  'WORKFLOW',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Those that the vendor takes back, too. A binding may say otherwise. */
export const IMPORTABLE_TYPES: readonly ObjectType[] = [
  'CONNECTOR_RULE',
  'IDENTITY_OBJECT_CONFIG',
  'IDENTITY_PROFILE',
  'RULE',
  'SOURCE',
  'TRANSFORM',
  'TRIGGER_SUBSCRIPTION',
];

export function isObjectType(name: unknown): name is ObjectType {
  return (OBJECT_TYPES as readonly unknown[]).includes(name);
}
