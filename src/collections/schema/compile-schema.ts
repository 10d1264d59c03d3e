/**
 * Compiles subschemas into functions, each once, when something needs it. References are shared and never expanded, so that a definition
 * costs what it says and no more; what judging a value costs is found by `measure-chains.ts` before it is accepted.
 */
import { didYouMean } from '../../core/did-you-mean.ts';
import { compileArrayKeywords, compileUnevaluatedItems } from './array-keywords.ts';
import { compileCombinations } from './combinations.ts';
import { type Evaluate, Seen } from './evaluation.ts';
import { isKeyword, KEYWORDS } from './keywords.ts';
import { findExpensiveChains } from './measure-chains.ts';
import { compileNumberKeywords } from './number-keywords.ts';
import { compileObjectKeywords, compileUnevaluatedProperties } from './object-keywords.ts';
import { compileReferences } from './references.ts';
import {
  type Location,
  type OnProblem,
  openSchemaDocument,
  pointerOf,
  type SchemaDocument,
  type SchemaObject,
  type Tokens,
} from './schema-document.ts';
import { MAX_PATTERN_INSTRUCTIONS } from './schema-limits.ts';
import type { CompileKeywords, KeywordContext, SchemaNode, SchemaPart } from './schema-node.ts';
import { compileTextKeywords } from './text-keywords.ts';
import { compileValueKeywords } from './value-keywords.ts';

/** In the order in which a value is judged: what is cheap first, and what needs to know what others have seen last. */
const COMPILERS: readonly CompileKeywords[] = [
  compileValueKeywords,
  compileNumberKeywords,
  compileTextKeywords,
  compileReferences,
  compileCombinations,
  compileObjectKeywords,
  compileArrayKeywords,
  compileUnevaluatedProperties,
  compileUnevaluatedItems,
];

const compilers = new WeakMap<object, SchemaCompiler>();

/** One for each document, so that parsing a collection and judging by it compile it once. */
export function compilerOf(written: unknown): SchemaCompiler {
  const isKey = typeof written === 'object' && written !== null;
  const known = isKey ? compilers.get(written) : undefined;
  const compiler = known ?? new SchemaCompiler(written);
  if (isKey) compilers.set(written, compiler);
  return compiler;
}

export class SchemaCompiler {
  readonly #problems: { tokens: Tokens; message: string }[] = [];
  readonly #document: SchemaDocument;
  readonly #nodes = new Map<string, SchemaNode>();
  readonly #waiting: SchemaNode[] = [];
  #instructions = 0;

  constructor(written: unknown) {
    this.#document = openSchemaDocument(written, (tokens, message) =>
      this.#problems.push({ tokens, message }),
    );
  }

  /** Tells every problem of the document that is known by then, also those of parts that were compiled before. */
  compile({ tokens, keywords }: SchemaPart, onProblem: OnProblem): SchemaNode {
    const location = this.#document.at(tokens) ?? this.#document.root;
    const node = keywords === undefined ? this.#node(location) : this.#limited(location, keywords);
    const compiled: SchemaNode[] = [];
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      next.evaluate = this.#compileNode(next);
      compiled.push(next);
    }
    findExpensiveChains(compiled, (at, message) => this.#problems.push({ tokens: at, message }));
    for (const problem of this.#problems) onProblem(problem.tokens, problem.message);
    return node;
  }

  #node(location: Location): SchemaNode {
    const pointer = pointerOf(location.tokens);
    const known = this.#nodes.get(pointer);
    if (known !== undefined) return known;
    const node = this.#create(location);
    this.#nodes.set(pointer, node);
    return node;
  }

  #limited(location: Location, keywords: readonly string[]): SchemaNode {
    const schema = typeof location.schema === 'boolean' ? {} : location.schema;
    const kept = Object.entries(schema).filter(([keyword]) => keywords.includes(keyword));
    return this.#create({ ...location, schema: Object.fromEntries(kept) });
  }

  #create(location: Location): SchemaNode {
    const node: SchemaNode = { location, evaluate: () => true, sameValue: [] };
    this.#waiting.push(node);
    return node;
  }

  #compileNode(node: SchemaNode): Evaluate {
    const { schema, resource } = node.location;
    if (schema === true) return () => true;
    if (schema === false) return (_value, run) => run.fail('is not allowed');
    const context = this.#contextOf(node, schema);
    for (const keyword of Object.keys(schema)) {
      if (!isKeyword(keyword))
        context.report([keyword], `the keyword "${keyword}" is not known${didYouMean(keyword, KEYWORDS)}`);
    }
    const steps = COMPILERS.flatMap((compile) => compile(context));
    const isCounting = 'unevaluatedProperties' in schema || 'unevaluatedItems' in schema;
    return joinSteps(steps, resource, isCounting);
  }

  #contextOf(node: SchemaNode, schema: SchemaObject): KeywordContext {
    const { location } = node;
    const at = (tokens: Tokens): SchemaNode => {
      const found = this.#document.at([...location.tokens, ...tokens]);
      // Where there is no schema, that has been told already.
      return found === undefined ? { location, evaluate: () => true, sameValue: [] } : this.#node(found);
    };
    const besides = (other: SchemaNode): SchemaNode => {
      node.sameValue.push(other);
      return other;
    };
    return {
      schema,
      location,
      document: this.#document,
      child: (...tokens) => at(tokens),
      sameValue: (...tokens) => besides(at(tokens)),
      reference: (target) => besides(this.#node(target)),
      report: (tokens, message) => this.#problems.push({ tokens: [...location.tokens, ...tokens], message }),
      spendPattern: (instructions) => {
        this.#instructions += instructions;
        if (this.#instructions > MAX_PATTERN_INSTRUCTIONS)
          throw new Error(
            `the patterns of the collection have more than ${MAX_PATTERN_INSTRUCTIONS} instructions together (limit: ${MAX_PATTERN_INSTRUCTIONS})`,
          );
      },
    };
  }
}

function joinSteps(steps: readonly Evaluate[], resource: string, isCounting: boolean): Evaluate {
  return (value, run, seen) => {
    run.enter();
    const { scope } = run;
    const isEntered = scope.at(-1) !== resource;
    if (isEntered) scope.push(resource);
    // What `unevaluated…` of this schema has not seen is counted from here: its cousins do not count.
    const own = isCounting ? new Seen() : seen;
    let isValid = true;
    for (const step of steps) {
      if (step(value, run, own)) continue;
      isValid = false;
      break;
    }
    if (isValid && isCounting && own !== undefined) seen?.merge(own);
    if (isEntered) scope.pop();
    run.leave();
    return isValid;
  };
}
