import { type Collection, FIELD_TYPES } from '../collections/collection.ts';
import { AppError } from '../core/errors.ts';
import type { TargetCatalog, TargetPlan } from '../http/dependencies.ts';
import type { PostgresTarget } from '../targets/postgres/create-postgres-target.ts';
import type { Targets } from './open-targets.ts';

/** What HTTP asks of targets, answered by the targets of all databases. */
export function createTargetCatalog(targets: Targets): TargetCatalog {
  return {
    plan: async (next) => planOf(targets.targetOf(next), next),
    async apply(next, _previous, { allowDestructive }) {
      const target = targets.targetOf(next);
      const plan = await planOf(target, next);
      const destructive = plan.steps.filter((step) => step.destructive);
      if (destructive.length > 0 && !allowDestructive) {
        throw new AppError(
          'collection.destructive_change',
          `The change would lose data: ${destructive.map((step) => step.text).join('; ')}. Repeat it with --allow-destructive (allowDestructive=true) if that is meant.`,
          { details: { steps: plan.steps } },
        );
      }
      await target.applyManagedTable(next, { allowDestructive });
      // A bound table is not ours to make, but it must be there.
      if (next.target.kind !== 'managed') await target.describe(next);
      return plan;
    },
    async drop(collection) {
      await targets.targetOf(collection).dropManagedTable(collection);
    },
    async count(collection, scope) {
      const snapshot = await targets.targetOf(collection).openSnapshot({
        collection,
        scope,
        options: {},
        jobId: '00000000-0000-0000-0000-000000000000',
        epoch: 0,
      });
      try {
        return snapshot.total;
      } finally {
        await snapshot.close();
      }
    },
    issueSegments: ({ collection, ...query }) => targets.targetOf(collection).issueSegments(query),
  };
}

async function planOf(target: PostgresTarget, next: Collection): Promise<TargetPlan> {
  const steps = await target.planManagedTable(next);
  const facts = next.target.kind === 'managed' ? undefined : await target.describe(next);
  return {
    steps: steps.map((step) => ({ text: step.sql, destructive: step.isDestructive })),
    columns: next.fields.map(({ name, column, type }) => ({
      field: name,
      column,
      sqlType: facts?.columns.find((fact) => fact.column === column)?.sqlType ?? FIELD_TYPES[type],
    })),
  };
}
