/** The names that objects have had so far, in the order in which they came. */
export class FieldTable {
  readonly names: string[];
  /** `"name"` as `JSON.stringify` writes it, by position: how a name usually is in the source. */
  readonly literals: string[];
  readonly #positions: Map<string, number>;
  readonly #maxFields: number;

  constructor(names: readonly string[], maxFields: number) {
    this.names = [...names];
    this.literals = names.map((name) => JSON.stringify(name));
    this.#positions = new Map(names.map((name, i) => [name, i]));
    this.#maxFields = maxFields;
  }

  /** The position of `name`, which is added when it is new; -1 when there is no room for it. */
  positionOf(name: string): number {
    const known = this.#positions.get(name);
    if (known !== undefined) return known;
    const position = this.names.length;
    if (position >= this.#maxFields) return -1;
    this.names.push(name);
    this.literals.push(JSON.stringify(name));
    this.#positions.set(name, position);
    return position;
  }
}
