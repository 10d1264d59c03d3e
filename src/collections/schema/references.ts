/** `$ref`, and `$dynamicRef`, which means the outermost schema of that name that is being evaluated. */

import type { Evaluate } from './evaluation.ts';
import { readText } from './read-keyword.ts';
import type { Location } from './schema-document.ts';
import type { KeywordContext, SchemaNode } from './schema-node.ts';

export function compileReferences(context: KeywordContext): readonly Evaluate[] {
  const steps: Evaluate[] = [];
  const target = readReference(context, '$ref');
  if (target !== undefined) {
    const node = context.reference(target);
    steps.push((value, run, seen) => node.evaluate(value, run, seen));
  }
  const first = readReference(context, '$dynamicRef');
  if (first !== undefined) steps.push(compileDynamic(context, first));
  return steps;
}

function readReference(context: KeywordContext, keyword: '$ref' | '$dynamicRef'): Location | undefined {
  const reference = readText(context, keyword);
  if (reference === undefined) return undefined;
  const found = context.document.resolve(reference, context.location);
  if (typeof found !== 'string') return found;
  context.report([keyword], found);
  return undefined;
}

function compileDynamic({ schema, document, reference }: KeywordContext, first: Location): Evaluate {
  const initial = reference(first);
  const fragment = String(schema['$dynamicRef']).split('#')[1] ?? '';
  const isDynamic = typeof first.schema === 'object' && first.schema['$dynamicAnchor'] === fragment;
  if (!isDynamic) return (value, run, seen) => initial.evaluate(value, run, seen);
  const byResource = new Map<string, SchemaNode>();
  for (const location of document.dynamicAnchors(fragment)) {
    const node = location === first ? initial : reference(location);
    if (!byResource.has(location.resource)) byResource.set(location.resource, node);
  }
  return (value, run, seen) => {
    run.spend(run.scope.length);
    const outermost = run.scope.find((resource) => byResource.has(resource));
    const node = outermost === undefined ? initial : (byResource.get(outermost) ?? initial);
    return node.evaluate(value, run, seen);
  };
}
