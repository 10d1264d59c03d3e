/** What the reports are called in the configuration, and what parameters are checked against. */

export const REPORTS = [
  'activities',
  'userAccess',
  'groupAccess',
  'sitePermissions',
  'sharingLinks',
  'googleActivities',
  'googleUserAccess',
  'googleGroupAccess',
  'googleDrivePermissions',
  'googleSharingLinks',
] as const;
export type ReportName = (typeof REPORTS)[number];

/** What a field of a report's collection is to it. */
export const ROLES = {
  object: 'Address or id of the object that an activity was about.',
  user: "The user's address.",
  group: 'Id of the group.',
  site: 'Address of a site, or id of a drive.',
  dataSource: 'Where the access is: Microsoft Teams, SharePoint Online and so on.',
  linkType: 'Kind of a sharing link, as its number.',
  time: 'When it happened.',
  event: 'Kind of an activity.',
  level: '`summary`, `site` or `object`: which of them a report has is said by exportOptionType.',
} as const;
export type Role = keyof typeof ROLES;
