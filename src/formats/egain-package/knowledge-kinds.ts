/** What a package describes beside its articles, in `knowledgehub.json`: folders, topics, portals. */

export interface KnowledgeKind {
  /** The name of its member. */
  readonly kind: string;
  /** Of its elements, or of its members where each of them is an object; 1 for any other object. */
  readonly count: number;
}

/**
 * Every list and every object that is not empty, in the document itself or in an object around lists; undefined for what is not a JSON
 * object. Plain values only describe what they stand beside.
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
  return isObject(document) ? kindsIn(document, true) : undefined;
}

function kindsIn(object: Readonly<Record<string, unknown>>, goesDeeper: boolean): readonly KnowledgeKind[] {
  return Object.entries(object).flatMap(([kind, value]) => {
    if (goesDeeper && isAroundLists(value)) return kindsIn(value, false);
    const count = countIn(value);
    return count === 0 ? [] : [{ kind, count }];
  });
}

function isAroundLists(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.values(value).some((member) => Array.isArray(member));
}

function countIn(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (!isObject(value)) return 0;
  const members = Object.values(value);
  return members.every(isObject) ? members.length : 1;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
