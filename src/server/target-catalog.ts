import type { FieldColumn, TargetCatalog, TargetPlan } from '../actions/dependencies.ts';
import { type Collection, type ColumnFacts, FIELD_TYPES } from '../collections/collection.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { isTransient } from '../core/sqlstate.ts';
import type { Targets } from './open-targets.ts';

/** What HTTP asks of targets, answered by the targets of all databases and modules. */
export function createTargetCatalog(targets: Targets): TargetCatalog {
  return {
    plan: (next) => planOf(targets, next),
    async apply(next, _previous, { allowDestructive }) {
      const plan = await planOf(targets, next);
      const destructive = plan.steps.filter((step) => step.destructive);
      if (destructive.length > 0 && !allowDestructive) throw destructiveChange(plan, destructive);
      await targets.postgresOf(next)?.applyManagedTable(next, { allowDestructive });
      return plan;
    },
    columns: (collection) => columnsIfThere(targets, collection),
    facts: (collection) => factsIfThere(targets, collection),
    async drop(collection) {
      await targets.postgresOf(collection)?.dropManagedTable(collection);
    },
    forget: (collection, jobId) => targets.targetOf(collection).forget([jobId]),
    count: (collection, scope) => targets.targetOf(collection).count(collection, scope),
    issueSegments: ({ collection, ...query }) => targets.targetOf(collection).issueSegments(query),
  };
}

function destructiveChange(plan: TargetPlan, destructive: TargetPlan['steps']): AppError {
  return new AppError(
    'collection.destructive_change',
    `The change would lose data: ${destructive.map((step) => step.text).join('; ')}. If you want that, repeat the command with --allow-destructive (allowDestructive=true).`,
    { details: { steps: plan.steps } },
  );
}

async function planOf(targets: Targets, next: Collection): Promise<TargetPlan> {
  const steps = (await targets.postgresOf(next)?.planManagedTable(next)) ?? [];
  return {
    steps: steps.map((step) => ({ text: step.sql, destructive: step.isDestructive })),
    columns: await columnsOf(targets, next),
  };
}

/** A bound table or a module is not ours to make, but it must be there: describing it says so. */
async function columnsOf(targets: Targets, collection: Collection): Promise<FieldColumn[]> {
  const isManaged = collection.target.kind === 'managed';
  const facts = isManaged ? undefined : await targets.targetOf(collection).describe(collection);
  return collection.fields.map(({ name, column, type }) => ({
    field: name,
    column,
    sqlType: facts?.columns.find((fact) => fact.column === column)?.sqlType ?? FIELD_TYPES[type],
  }));
}

async function factsIfThere(targets: Targets, collection: Collection): Promise<readonly ColumnFacts[]> {
  if (collection.target.kind === 'managed') return [];
  try {
    return (await targets.targetOf(collection).describe(collection)).columns;
  } catch (error) {
    if (!isAppError(error) && !isTransient(error)) throw error;
    return [];
  }
}

/** To look at a collection its target need not be there; then the types of its columns are not known. */
async function columnsIfThere(targets: Targets, collection: Collection): Promise<readonly FieldColumn[]> {
  try {
    return await columnsOf(targets, collection);
  } catch (error) {
    if (!isAppError(error) && !isTransient(error)) throw error;
    return collection.fields.map(({ name, column }) => ({ field: name, column }));
  }
}
