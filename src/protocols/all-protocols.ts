import { AVEPOINT } from './avepoint/avepoint.ts';
import { EGAIN_EXPORT } from './egain-export/egain-export.ts';
import { EGAIN_IMPORT } from './egain-import/egain-import.ts';
import { EMARSYS } from './emarsys/emarsys.ts';
import type { Protocol } from './protocol.ts';
import { SAILPOINT } from './sailpoint/sailpoint.ts';

/** Every protocol that Waybill speaks beside its own: a new one is a folder and a line here. */
export const PROTOCOLS: readonly Protocol[] = [AVEPOINT, EGAIN_EXPORT, EGAIN_IMPORT, EMARSYS, SAILPOINT];
