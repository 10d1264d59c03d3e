/** References that a collection declares to itself and that no foreign key of the table is for: judged as if there were one. */
import type { Collection } from '../../collections/collection.ts';
import { comparisonOf } from './reference-sql.ts';
import { type ForeignKey, findColumn, type TargetRelation } from './table.ts';

export function withDeclaredReferences(relation: TargetRelation, collection: Collection): TargetRelation {
  const { name, references, fields } = collection;
  const declared = references.flatMap(({ collection: to, field, toField, link }): readonly ForeignKey[] => {
    if (link !== undefined) return [];
    const columnOf = (wanted: string) => fields.find((candidate) => candidate.name === wanted)?.column ?? '';
    const own = findColumn(relation, columnOf(field));
    const other = findColumn(relation, columnOf(toField));
    if (to !== name || own === undefined || other === undefined) return [];
    const isKnown = relation.selfReferences.some(
      ({ parts: [part, ...rest] }) =>
        rest.length === 0 && part?.column === own.column && part.toColumn === other.column,
    );
    if (isKnown) return [];
    const part = { column: own.column, toColumn: other.column, equals: '=', ownEquals: '=' };
    return [
      {
        name: `${field} -> ${toField}`,
        isDeclared: true,
        sql: relation.sql,
        title: name,
        isReadable: true,
        isFull: false,
        isValidated: true,
        outlivesTarget: true,
        parts: [{ ...part, ...comparisonOf(other, own) }],
      },
    ];
  });
  return relation.kind === 'query' || declared.length === 0
    ? relation
    : { ...relation, selfReferences: [...relation.selfReferences, ...declared] };
}
