export interface Page<T> {
  readonly items: readonly T[];
  /** The last of them, where another page follows. */
  readonly last: T | undefined;
}

/** @param found one more than is shown, which tells whether there is another page */
export function pageOf<T>(found: readonly T[], limit: number): Page<T> {
  const items = found.slice(0, limit);
  return { items, last: found.length > limit ? items.at(-1) : undefined };
}
