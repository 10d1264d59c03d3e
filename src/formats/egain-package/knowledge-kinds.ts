/** What a package describes beside its articles, in `knowledgehub.json`: folders, topics, portals. */

export interface KnowledgeKind {
  /** The name of its member. */
  readonly kind: string;
  readonly count: number;
}

/**
 * Every list that is not empty, in the document itself or in an object of it; undefined for what is not a JSON object.
 *
 * @param text of the file
 */
export function knowledgeKindsOf(text: string): readonly KnowledgeKind[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(document) ? listsIn(document, true) : undefined;
}

function listsIn(object: Readonly<Record<string, unknown>>, goesDeeper: boolean): readonly KnowledgeKind[] {
  return Object.entries(object).flatMap(([kind, value]) => {
    if (Array.isArray(value)) return value.length > 0 ? [{ kind, count: value.length }] : [];
    return goesDeeper && isObject(value) ? listsIn(value, false) : [];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
