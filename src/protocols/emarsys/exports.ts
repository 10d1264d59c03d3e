/** The five kick-offs, as data. */

export const EXPORT_NAMES = [
  'getchanges',
  'getregistrations',
  'getresponses',
  'getcontacts',
  'filter',
] as const;
export type ExportName = (typeof EXPORT_NAMES)[number];

export interface EmarsysExport {
  readonly name: ExportName;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** `type` of the status. The documents have the first two; the others are chosen. */
  readonly type: 'Responses' | 'Registrations' | 'Changes' | 'Contacts' | 'Segment';
  /** What the CSV file is called, before what makes the name unique. */
  readonly fileName: string;
  readonly needsTimeRange: boolean;
  /** A contact list: needed, possible, or not known here. */
  readonly contactList: 'required' | 'optional' | 'none';
}

export const EXPORTS: readonly EmarsysExport[] = [
  {
    name: 'getchanges',
    path: '/contact/getchanges',
    operationId: 'exportContactChanges',
    summary: 'Export contacts that have changed',
    type: 'Changes',
    fileName: 'changes',
    needsTimeRange: true,
    contactList: 'none',
  },
  {
    name: 'getregistrations',
    path: '/contact/getregistrations',
    operationId: 'exportRegistrations',
    summary: 'Export contacts that have registered',
    type: 'Registrations',
    fileName: 'registrations',
    needsTimeRange: true,
    contactList: 'optional',
  },
  {
    name: 'getresponses',
    path: '/email/getresponses',
    operationId: 'exportResponses',
    summary: 'Export responses to emails',
    type: 'Responses',
    fileName: 'responses',
    needsTimeRange: true,
    contactList: 'optional',
  },
  {
    name: 'getcontacts',
    path: '/email/getcontacts',
    operationId: 'exportContactList',
    summary: 'Export the contacts of a contact list',
    type: 'Contacts',
    fileName: 'contacts',
    needsTimeRange: false,
    contactList: 'required',
  },
  {
    name: 'filter',
    path: '/export/filter',
    operationId: 'exportSegment',
    summary: 'Export the contacts of a segment',
    type: 'Segment',
    fileName: 'segment',
    needsTimeRange: false,
    contactList: 'none',
  },
];

/** Ids of contact fields that no export has. Source: dev.emarsys.com, "Export Contact Changes". */
export const UNAVAILABLE_FIELDS: readonly string[] = ['27', '28', '29', '32', '33'];
export const MOST_FIELDS = 20;

/** What a response can come from. Source: dev.emarsys.com, "Export Responses". */
export const SOURCES = [
  'trackable_links',
  'registration_forms',
  'tell_a_friend',
  'contact_us',
  'change_profile',
  'unsubscribe',
  'mail_open',
  'complaint',
] as const;
export type ResponseSource = (typeof SOURCES)[number];

/** Ids of analysis fields, with what they mean. Source: the documents of 2016, "Exporting Responses". */
export const ANALYSIS_FIELDS: Readonly<Record<string, string>> = {
  '1': 'campaign title',
  '2': 'section header',
  '3': 'section group',
  '4': 'link title',
  '5': 'URL',
  '8': 'time',
  '12': 'campaign id',
  '13': 'version name',
  '14': 'campaign category',
  '15': 'link category',
};
