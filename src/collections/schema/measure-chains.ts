/**
 * Finds what would cost too much before any value comes: a subschema that judges its own value again without end, and chains of
 * references and combinations in which one value is looked at very often.
 */

import { type OnProblem, pointerOf } from './schema-document.ts';
import { MAX_CHAIN, MAX_EVALUATIONS_OF_A_VALUE } from './schema-limits.ts';
import type { SchemaNode } from './schema-node.ts';

interface Measure {
  /** Evaluations of one value that begin here. */
  readonly evaluations: number;
  /** The longest chain that begins here. */
  readonly length: number;
}

const UNKNOWN: Measure = { evaluations: 1, length: 1 };

export function findExpensiveChains(nodes: readonly SchemaNode[], onProblem: OnProblem): void {
  const measures = new Map<SchemaNode, Measure>();
  const chain: SchemaNode[] = [];

  function measure(node: SchemaNode): Measure {
    const known = measures.get(node);
    if (known !== undefined) return known;
    // Until it is known, so that a circle is found once.
    measures.set(node, UNKNOWN);
    chain.push(node);
    const inner = node.sameValue.map((other) => {
      if (chain.includes(other)) return refuseCircle(other);
      return chain.length >= MAX_CHAIN ? refuseLength(other) : measure(other);
    });
    chain.pop();
    const found = {
      evaluations: inner.reduce((sum, { evaluations }) => sum + evaluations, 1),
      length: 1 + Math.max(0, ...inner.map(({ length }) => length)),
    };
    const accepted = refuseExpensive(node, found) ? UNKNOWN : found;
    measures.set(node, accepted);
    return accepted;
  }

  function refuseCircle(node: SchemaNode): Measure {
    const circle = [...chain.slice(chain.indexOf(node)), node].map(
      ({ location }) => `#${pointerOf(location.tokens)}`,
    );
    onProblem(
      node.location.tokens,
      `it refers back to itself for the same value, without end: ${circle.join(' → ')}. A reference may lead back only through members or items.`,
    );
    return UNKNOWN;
  }

  function refuseLength(node: SchemaNode): Measure {
    onProblem(
      node.location.tokens,
      `more than ${MAX_CHAIN} references and combinations lie in one another here (limit: ${MAX_CHAIN})`,
    );
    return UNKNOWN;
  }

  function refuseExpensive({ location }: SchemaNode, { evaluations, length }: Measure): boolean {
    if (length > MAX_CHAIN) {
      onProblem(
        location.tokens,
        `more than ${MAX_CHAIN} references and combinations lie in one another here (limit: ${MAX_CHAIN})`,
      );
    } else if (evaluations > MAX_EVALUATIONS_OF_A_VALUE) {
      onProblem(
        location.tokens,
        `one value would be judged by ${evaluations} subschemas here, since each reference counts anew (limit: ${MAX_EVALUATIONS_OF_A_VALUE})`,
      );
    }
    return length > MAX_CHAIN || evaluations > MAX_EVALUATIONS_OF_A_VALUE;
  }

  for (const node of nodes) measure(node);
}
