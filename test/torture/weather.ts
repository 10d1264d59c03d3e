/** What the campaign does to the server and its database, and when: it tells what answers may be excused. */

/** api: whoever answers is away. database: PostgreSQL is away, refuses, or has ended sessions. disk: too little room is left. */
export type Trouble = 'api' | 'database' | 'disk';

export interface Weather {
  /** Trouble begins; the function that comes back ends it. */
  begin(trouble: Trouble): () => void;
  /** Was there such trouble between two moments of `performance.now()`, or shortly before? */
  wasTroubled(trouble: Trouble, from: number, to: number): boolean;
}

/** How long after its end trouble still excuses a refusal: sessions are opened again, a database recovers. */
const AFTERMATH_MS = 10_000;

export function createWeather(): Weather {
  const spells: { trouble: Trouble; from: number; to: number }[] = [];
  return {
    begin(trouble) {
      const spell = { trouble, from: performance.now(), to: Number.POSITIVE_INFINITY };
      spells.push(spell);
      return () => {
        spell.to = performance.now();
      };
    },
    wasTroubled: (trouble, from, to) =>
      spells.some(
        (spell) => spell.trouble === trouble && spell.from <= to && spell.to + AFTERMATH_MS >= from,
      ),
  };
}
