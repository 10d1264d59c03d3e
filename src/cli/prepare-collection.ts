import { isAppError } from '../core/errors.ts';
import type { Client } from '../sdk/client.ts';
import type { WireCollection, WireInspection } from '../sdk/wire.ts';
import { renderColumns } from './render/collection.ts';
import { renderTable } from './render/table.ts';
import type { Terminal } from './terminal.ts';

/** The collection, or undefined when there is none of that name. */
export async function findCollection(client: Client, name: string): Promise<WireCollection | undefined> {
  try {
    return await client.getCollection(name);
  } catch (error) {
    if (isAppError(error, 'collection.not_found')) return undefined;
    throw error;
  }
}

/** What was inferred from a file, with the evidence for each field. */
export function renderInference(inspection: WireInspection): string {
  const { inferred, dialect, evidence } = inspection;
  const read = Object.entries(dialect).flatMap(([member, value]) => {
    // What stands for itself, such as a BOM, needs no reason and no line.
    const why = evidence[member === 'hasHeader' ? 'header' : member];
    return why === undefined ? [] : [[member, JSON.stringify(value), why]];
  });
  const fields = (inferred?.fields ?? []).map((field) => [field.name, field.type, field.reason]);
  const key = inferred === undefined ? '' : `  ${inferred.keyReason}\n`;
  return (
    `Read as:\n${renderTable([{ title: 'what' }, { title: 'is' }, { title: 'because' }], read, '  ')}` +
    `Fields:\n${renderTable([{ title: 'field' }, { title: 'type' }, { title: 'because' }], fields, '  ')}${key}`
  );
}

/** Creates a collection that fits an upload, and says on standard error what it is and why. */
export async function createInferred(
  client: Client,
  terminal: Terminal,
  options: { name: string; uploadId: string; dialect?: object; key?: readonly string[] },
): Promise<WireInspection> {
  const { name, dialect, key } = options;
  const inspection = await client.inspect(options.uploadId, {
    name,
    ...(dialect !== undefined && { dialect }),
    ...(key !== undefined && { key }),
  });
  terminal.err(
    `There is no collection "${name}" yet, so it is inferred from the file.\n${renderInference(inspection)}`,
  );
  const plan = await client.applyCollection(name, inspection.inferred?.definition ?? {});
  terminal.err(`Created collection ${name}, version ${plan.version}:\n${renderColumns(plan.columns)}\n`);
  return inspection;
}
