/**
 * References by natural key in the statements: what is stored in their place is looked up for a whole chunk at once,
 * and what was not found is told. Each value costs a probe of the other table's index.
 */
import type pg from 'pg';
import { PROBE_SETTINGS } from './first-seen.ts';
import { linkMatch } from './links.ts';
import { identifier, literal } from './quote.ts';
import { withSession } from './session-settings.ts';
import type { ShapeField, ShapeLink } from './staged-column.ts';
import { copiedValue, stageBase } from './wide-rows.ts';
import type { WriteShape } from './write-shape.ts';

/** Fills the columns of the staging table that links store; empty where there are none. */
export function resolveStatement(shape: WriteShape): string {
  if (shape.links.length === 0) return '';
  const values = shape.links.map(
    (link) => `${link.field.staged} = ${linkedValue(shape, link, (source) => copiedValue(shape, source))}`,
  );
  return `update ${stageBase(shape)} st set ${values.join(', ')};`;
}

/** The same for statements that are not part of the write function. */
export async function resolveStaged(client: pg.Client, shape: WriteShape): Promise<void> {
  if (shape.links.length === 0) return;
  await withSession(client, shape.collection.session, () =>
    client.query(`${PROBE_SETTINGS}; ${resolveStatement(shape)}`),
  );
}

/**
 * SQL of what is stored: null where no record, or more than one, has the natural key.
 *
 * @param valueOf SQL of a value of the source
 */
export function linkedValue(
  { scope }: WriteShape,
  { link, sources }: ShapeLink,
  valueOf: (source: ShapeField) => string,
): string {
  const { where, isSure } = linkMatch(link, scope, (field) => {
    const source = sources.find((candidate) => candidate.field === field);
    return source === undefined ? 'null' : valueOf(source);
  });
  const found = `select r.${identifier(link.stored.column)}`;
  const from = `from ${link.relation.sql} r where ${where}`;
  if (isSure) return `(${found} ${from})`;
  return `(select case when count(*) = 1 then (array_agg(x.v))[1] end from (${found} as v ${from} limit 2) x)`;
}

/** A link that a staged row `s` states and that leads nowhere, or to several records. */
export interface BrokenLink {
  readonly field: ShapeField;
  readonly code: 'reference.not_found' | 'reference.ambiguous';
  readonly params: string;
  readonly value: string;
  readonly where: string;
}

export function brokenLinks(shape: WriteShape): readonly BrokenLink[] {
  return shape.links.flatMap((shapeLink): readonly BrokenLink[] => {
    const { link, sources, field } = shapeLink;
    const { collection, link: rule } = link.reference;
    const { where, isSure } = linkMatch(
      link,
      shape.scope,
      (wanted) => `s.${sources.find((source) => source.field === wanted)?.staged}`,
    );
    const named = [
      literal('collection'),
      literal(collection),
      literal('field'),
      literal(rule.toFields.join(', ')),
    ];
    const params = `jsonb_build_object(${named.join(', ')})`;
    const isStated = `(${sources.map(({ staged }) => `s.${staged} is not null`).join(' or ')})`;
    const isBroken = `${isStated} and s.${field.staged} is null`;
    const exists = isSure ? 'false' : `exists (select from ${link.relation.sql} r where ${where})`;
    const broken = { field, params, value: sourceText(sources) };
    return [
      ...(rule.missing === 'error'
        ? [{ ...broken, code: 'reference.not_found' as const, where: `${isBroken} and not ${exists}` }]
        : []),
      ...(isSure
        ? []
        : [{ ...broken, code: 'reference.ambiguous' as const, where: `${isBroken} and ${exists}` }]),
    ];
  });
}

/** SQL over `s`: the natural key, as people write it. */
export function sourceText(sources: readonly ShapeField[]): string {
  if (sources.some(({ field }) => field.rules.sensitive === true)) return 'null';
  const [first, ...others] = sources.map(({ staged }) => `s.${staged}::text`);
  return others.length === 0 ? `${first}` : `concat_ws(', ', ${[first, ...others].join(', ')})`;
}

/** Condition over `s`: the column is empty because its reference is, and not because that led nowhere. */
export function statesNothing({ links }: WriteShape, field: ShapeField | undefined): string {
  const link = links.find((candidate) => candidate.field === field);
  if (link?.link.reference.link.missing !== 'error') return '';
  return ` and ${link.sources.map(({ staged }) => `s.${staged} is null`).join(' and ')}`;
}
