/** The entity tag of a collection's definition. Versions count on when a name is dropped and taken again, so it never comes back. */
export function collectionEtag({ version }: { readonly version: number }): string {
  return `"${version}"`;
}
