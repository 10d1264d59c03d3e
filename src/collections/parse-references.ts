/** `references` of a definition: fields that must name a record, and fields in whose place a value of that record is stored. */
import { didYouMean } from '../core/did-you-mean.ts';
import {
  type LinkedReference,
  MISSING_RULES,
  type Reference,
  type ReferenceLink,
  type TargetBinding,
} from './collection.ts';
import type { ObjectReader } from './definition-reader.ts';

export interface ParsedReference {
  readonly reference: Reference;
  /** Where the value is stored, if the reference itself says so. */
  readonly column?: string;
}

const PLAIN = ['field', 'collection', 'toField'];
const LINKED = ['fields', 'toFields', 'store', 'column', 'missing'];

/** @param names of the schema's properties */
export function parseReferences(
  root: ObjectReader,
  names: readonly string[],
  target: TargetBinding,
): readonly ParsedReference[] {
  const taken = new Set<string>();
  return root.objects('references').flatMap((written) => {
    written.refuseUnknown([...PLAIN, ...LINKED]);
    const isLinked = LINKED.some((name) => written.has(name));
    const fields = readSides(written, 'field', isLinked);
    const toFields = readSides(written, 'toField', isLinked);
    if (!written.has('collection')) written.report('collection', '"collection" is needed');
    const collection = written.text('collection') ?? '';
    for (const name of fields) {
      if (!names.includes(name))
        written.report(sideOf(written, 'field'), `there is no field "${name}"${didYouMean(name, names)}`);
    }
    const [field, toField] = [fields[0], toFields[0]];
    if (field === undefined || toField === undefined) return [];
    const plain = { field, collection, toField };
    if (!isLinked) return [{ reference: plain }];
    if (target.kind !== 'table') {
      written.report('store', 'only a bound table or view has columns of its own that a value is stored in');
    }
    if (collection === root.text('name'))
      written.report('collection', 'a reference of a collection to itself stores the own value of its field');
    reportTwice(written, fields, taken);
    const column = written.text('column');
    return [
      {
        reference: { ...plain, link: readLink(written, fields, toFields) },
        ...(column !== undefined && { column }),
      },
    ];
  });
}

function sideOf(written: ObjectReader, name: string): string {
  return written.has(`${name}s`) ? `${name}s` : name;
}

/** `"field": "a"` or `"fields": ["a", "b"]`. */
function readSides(written: ObjectReader, name: string, isLinked: boolean): readonly string[] {
  const [one, several] = [written.text(name), written.texts(`${name}s`)];
  if (written.has(name) && written.has(`${name}s`))
    written.report(name, `expected either "${name}" or "${name}s"`);
  if (!written.has(name) && !written.has(`${name}s`))
    written.report(name, `"${name}" is needed${isLinked ? `, or "${name}s" for several` : ''}`);
  if (several?.length === 0) written.report(`${name}s`, 'expected at least one name');
  return several ?? (one === undefined ? [] : [one]);
}

function readLink(
  written: ObjectReader,
  fields: readonly string[],
  toFields: readonly string[],
): ReferenceLink {
  if (fields.length !== toFields.length) {
    written.report(
      sideOf(written, 'toField'),
      `expected one for each of ${fields.join(', ')} (${fields.length}), got ${toFields.length}`,
    );
  }
  if (!written.has('store'))
    written.report('store', '"store" is needed: the column of the other table whose value is stored');
  return {
    fields,
    toFields,
    store: written.text('store') ?? '',
    missing: written.oneOf('missing', MISSING_RULES) ?? 'error',
  };
}

/** A field stands for one record; what is stored for it is one value. */
function reportTwice(written: ObjectReader, fields: readonly string[], taken: Set<string>): void {
  for (const name of fields) {
    if (taken.has(name))
      written.report(sideOf(written, 'field'), `"${name}" is a field of another reference already`);
    taken.add(name);
  }
}

/** The first field of a link has the link's column; further ones have none, and their own name stands in for it. */
export function withLinkedColumns<T extends { readonly name: string; readonly column: string | undefined }>(
  drafts: readonly T[],
  references: readonly ParsedReference[],
): readonly T[] {
  const columns = new Map(
    references.flatMap(({ reference, column }) =>
      column === undefined || reference.link === undefined ? [] : [[reference.field, column] as const],
    ),
  );
  return drafts.map((draft) => {
    const column = columns.get(draft.name);
    return column === undefined ? draft : { ...draft, column };
  });
}

/** The references by natural key. */
export function linksOf(references: readonly Reference[]): readonly LinkedReference[] {
  return references.filter((reference): reference is LinkedReference => reference.link !== undefined);
}

/** Names of fields that have no column: those of a reference by several fields, but for its first. */
export function fieldsWithoutColumn(references: readonly Reference[]): ReadonlySet<string> {
  return new Set(linksOf(references).flatMap(({ link }) => link.fields.slice(1)));
}

export function renderReference({ field, collection, toField, link }: Reference): object {
  if (link === undefined) return { field, collection, toField };
  const { fields, toFields, store, missing } = link;
  const isOne = fields.length === 1;
  return {
    ...(isOne ? { field } : { fields }),
    collection,
    ...(isOne ? { toField } : { toFields }),
    store,
    ...(missing !== 'error' && { missing }),
  };
}
