import { seededRandom } from '../support/generate.ts';

/** Numbers that depend on a seed and a name alone, so that what one part of a campaign draws changes nothing for the others. */
export interface Random {
  /** From 0 to 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** Like `int`, with as many small numbers as large ones on a logarithmic scale. */
  magnitude(min: number, max: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  /** Numbers of their own for a part. */
  fork(...path: readonly (string | number)[]): Random;
}

export function createRandom(seed: string | number): Random {
  const next = seededRandom(hash(String(seed)));
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    magnitude: (min, max) => Math.round(min * (max / min) ** next()),
    chance: (share) => next() < share,
    pick(from) {
      const chosen = from[int(0, from.length - 1)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
    weighted(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      throw new Error('the weights are all zero');
    },
    fork: (...path) => createRandom([seed, ...path].join('/')),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
