import { isAppError } from '../core/errors.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Client } from '../sdk/client.ts';
import type { WireCollection, WireInspection } from '../sdk/wire.ts';
import { belowHead } from './command-line.ts';
import { renderColumns } from './render/collection.ts';
import { renderGuess } from './render/job.ts';
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
  const { inferred, dialect, evidence, guesses } = inspection;
  const read = Object.entries(dialect).flatMap(([member, value]) => {
    // What stands for itself, such as a BOM, needs no reason and no line.
    const why = evidence[member === 'hasHeader' ? 'header' : member];
    return why === undefined ? [] : [[member, JSON.stringify(value), why]];
  });
  const fields = (inferred?.fields ?? []).map((field) => [field.name, field.type, field.reason]);
  const key = inferred === undefined ? '' : `  ${visibleText(inferred.keyReason)}\n`;
  return (
    `Read as:\n${renderTable([{ title: 'what' }, { title: 'is' }, { title: 'because' }], read, '  ')}${guesses.map((guess) => `${renderGuess(guess)}\n`).join('')}` +
    `Fields:\n${renderTable([{ title: 'field' }, { title: 'type' }, { title: 'because' }], fields, '  ')}${key}`
  );
}

export interface InferredOptions {
  readonly name: string;
  readonly uploadId: string;
  readonly dialect?: object;
  readonly key?: readonly string[];
}

/** Creates a collection that fits an upload, and says on standard error what it is and why. */
export async function createInferred(
  client: Client,
  terminal: Terminal,
  options: InferredOptions,
): Promise<void> {
  await withInferred(client, terminal, options, async () => {});
}

/**
 * The same for something that needs the collection: what `use` refuses takes the collection away again, so that a command that was
 * refused leaves nothing behind.
 */
export async function withInferred<T>(
  client: Client,
  terminal: Terminal,
  { name, uploadId, ...how }: InferredOptions,
  use: () => Promise<T>,
): Promise<T> {
  const inspection = await client.inspect(uploadId, { name, ...how });
  terminal.err(
    `Collection "${visibleText(name)}" does not exist yet, so it is inferred from the file.\n${renderInference(inspection)}`,
  );
  const plan = await client.applyCollection(name, inspection.inferred?.definition ?? {});
  try {
    const used = await use();
    terminal.err(`Created collection ${name}, version ${plan.version}:\n${renderColumns(plan.columns)}\n`);
    return used;
  } catch (error) {
    // Unchanged: somebody else was faster with the same, and it is theirs.
    if (plan.isChanged) await removeAgain(client, terminal, name);
    throw error;
  }
}

/** Empty as it is, it goes without being asked twice; what keeps it is told beside the refusal, not instead of it. */
async function removeAgain(client: Client, terminal: Terminal, name: string): Promise<void> {
  await client.dropCollection(name).catch((error: Error) => {
    terminal.err(`waybill: collection "${name}" was created and is kept: ${belowHead(error.message)}\n`);
  });
}
