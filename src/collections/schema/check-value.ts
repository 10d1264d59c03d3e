/** Judges nested values, and records as a whole, by their JSON Schema. It never coerces. */
import { compilerOf } from './compile-schema.ts';
import { describeFailure, Evaluation, TooCostly } from './evaluation.ts';
import type { JsonValue } from './json-value.ts';
import { MAX_NESTED_EVALUATIONS, maxSteps } from './schema-limits.ts';
import type { SchemaPart } from './schema-node.ts';

/** Why a value is refused: it breaks the schema, or finding out would take more than it may. */
export type SchemaVerdict = { readonly reason: string } | Pick<TooCostly, 'limit' | 'unit'>;

/** @param characters is the length of the value's text: a long value may cost more. */
export type SchemaCheck = (value: JsonValue, characters: number) => SchemaVerdict | undefined;

/** @throws Error with the first problem where the schema does not compile; `parseCollection` has looked before */
export function createSchemaCheck(part: SchemaPart): SchemaCheck {
  const { evaluate } = compilerOf(part.document).compile(part, (tokens, message) => {
    throw new Error(`the schema does not compile at ${JSON.stringify(tokens)}: ${message}`);
  });
  return (value, characters) => {
    const run = new Evaluation(maxSteps(characters));
    try {
      if (evaluate(value, run, undefined)) return undefined;
    } catch (error) {
      if (error instanceof TooCostly) return { limit: error.limit, unit: error.unit };
      // The bound leaves the stack room. Should a stack be shorter than any that we know, the record is refused, and not the job.
      if (error instanceof RangeError) return { limit: MAX_NESTED_EVALUATIONS, unit: 'nested evaluations' };
      throw error;
    }
    return { reason: run.failure === undefined ? 'is not valid' : describeFailure(run.failure) };
  };
}
