/** Collections for people: what they are, where they live, and what a change would do. */
import { visibleText } from '../../core/visible-text.ts';
import type { WireCollection, WireColumn, WirePlan } from '../../sdk/wire.ts';
import { renderAmount } from './numbers.ts';
import { renderTable } from './table.ts';

/** Which field lives in which column, two blanks in. */
export function renderColumns(columns: readonly WireColumn[]): string {
  return renderTable(
    [{ title: 'field' }, { title: 'column' }, { title: 'type' }],
    columns.map(({ field, column, sqlType }) => [field, column, sqlType ?? '?']),
    '  ',
  );
}

/** What applying a definition has done, or would do. */
export function renderPlan(plan: WirePlan): string {
  const version = plan.version === undefined ? '' : `, version ${plan.version}`;
  const headline = plan.isDryRun
    ? `Collection ${plan.name}: this would be done${plan.isChanged ? '' : ' (the definition is unchanged)'}`
    : `Collection ${plan.name}${version}: ${plan.isChanged ? 'applied' : 'unchanged'}`;
  const steps = plan.steps
    .map((step) => `  ${step.destructive ? 'DESTRUCTIVE: ' : ''}${visibleText(step.text)}\n`)
    .join('');
  return `${headline}\n${steps || '  no changes to the target\n'}${renderColumns(plan.columns)}`;
}

/** One collection, without its definition. */
export function renderCollection(collection: WireCollection): string {
  const { name, version, records, columns = [] } = collection;
  const amount = records === undefined ? '' : `, ${renderAmount(records, 'record')}`;
  return `Collection ${name}, version ${version}, ${visibleText(renderTarget(collection))}${amount}\n${renderColumns(columns)}`;
}

/** A line for each. */
export function renderCollections(collections: readonly WireCollection[]): string {
  if (collections.length === 0) return 'No collections yet.\n';
  const titles = ['collection', 'version', 'key', 'target', 'changed at'];
  return renderTable(
    titles.map((title) => ({ title })),
    collections.map((collection) => [
      collection.name,
      String(collection.version),
      ((collection.definition['key'] ?? []) as readonly string[]).join(', '),
      renderTarget(collection),
      collection.updatedAt,
    ]),
  );
}

/** The members of a definition's `target`, of which one names what the collection is bound to. */
type WrittenTarget = Readonly<Partial<Record<'table' | 'query' | 'module' | 'database', string>>>;

/** `managed`, `table crm.contacts in crm`, `query in crm`, `module warehouse`. */
function renderTarget({ definition }: WireCollection): string {
  const { table, module, database } = (definition['target'] ?? {}) as WrittenTarget;
  if (definition['target'] === undefined) return 'managed';
  if (module !== undefined) return `module ${module}`;
  const place = database === undefined ? '' : ` in ${database}`;
  return `${table === undefined ? 'query' : `table ${table}`}${place}`;
}
