/** Reads what a person wrote, member by member, and collects everything that is wrong instead of stopping at the first. */
import { didYouMean } from '../core/did-you-mean.ts';

/** One thing that is wrong with a definition. */
export interface Problem {
  /** Such as `$.schema.properties["Cost Total $"].type`. */
  readonly path: string;
  readonly message: string;
}

export function childPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** The name of a JSON value's type, for messages. */
export function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** One object of a definition, with the path to it. Members are looked up in a Map: `__proto__` is a name like any other. */
export class ObjectReader {
  readonly path: string;
  readonly problems: Problem[];
  readonly #members: ReadonlyMap<string, unknown>;

  constructor(value: object, path: string, problems: Problem[]) {
    this.path = path;
    this.problems = problems;
    this.#members = new Map(Object.entries(value));
  }

  get names(): string[] {
    return [...this.#members.keys()];
  }

  has(name: string): boolean {
    return this.#members.get(name) !== undefined;
  }

  get(name: string): unknown {
    return this.#members.get(name);
  }

  report(name: string | number | undefined, message: string): void {
    this.problems.push({ path: name === undefined ? this.path : childPath(this.path, name), message });
  }

  refuseUnknown(known: readonly string[]): void {
    for (const name of this.names) {
      if (!known.includes(name)) this.report(name, `"${name}" is not known here${didYouMean(name, known)}`);
    }
  }

  text(name: string): string | undefined {
    return this.#read(name, 'a text', isText);
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, 'true or false', (value) => typeof value === 'boolean');
  }

  texts(name: string): readonly string[] | undefined {
    return this.#read(
      name,
      'a list of texts',
      (value): value is string[] => Array.isArray(value) && value.every(isText),
    );
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || (words as readonly string[]).includes(value)) return value as T | undefined;
    const listed = words.map((word) => JSON.stringify(word)).join(', ');
    this.report(name, `expected one of ${listed}, got "${value}"${didYouMean(value, words)}`);
    return undefined;
  }

  /** A count of things: a whole number from 0. */
  count(name: string): number | undefined {
    return this.#read(name, 'a whole number from 0', isCount);
  }

  object(name: string): ObjectReader | undefined {
    const value = this.#read(name, 'an object', isObject);
    return value && new ObjectReader(value, childPath(this.path, name), this.problems);
  }

  /** The objects of a list; what is not an object is reported and left out. */
  objects(name: string): readonly ObjectReader[] {
    const path = childPath(this.path, name);
    const list: readonly unknown[] = this.#read(name, 'a list of objects', Array.isArray) ?? [];
    return list.flatMap((item, index) => {
      const itemPath = childPath(path, index);
      if (isObject(item)) return [new ObjectReader(item, itemPath, this.problems)];
      this.problems.push({ path: itemPath, message: `expected an object, got ${jsonKind(item)}` });
      return [];
    });
  }

  #read<T>(name: string, expected: string, isRight: (value: unknown) => value is T): T | undefined {
    const value = this.#members.get(name);
    if (value === undefined || isRight(value)) return value;
    this.report(name, `expected ${expected}, got ${jsonKind(value)}`);
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is object {
  return jsonKind(value) === 'object';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
