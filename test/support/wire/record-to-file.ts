/** Loaded before a program (`node --import`): every answer of its servers becomes a line of the file that WIRE_RECORD names. */
import { appendFileSync } from 'node:fs';
import { recordExchanges } from './record-exchanges.ts';

const file = process.env['WIRE_RECORD'];
// At once, and in one piece: the process may be killed, and others write to the same file.
if (file !== undefined) recordExchanges((exchange) => appendFileSync(file, `${JSON.stringify(exchange)}\n`));
