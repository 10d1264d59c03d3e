import { childPath, type ObjectReader } from './definition-reader.ts';
import { compilerOf } from './schema/compile-schema.ts';
import type { SchemaPart } from './schema/schema-node.ts';

/** Reports what is wrong with a part of the record's schema, each thing once, at its own place. */
export function reportSchemaProblems(part: SchemaPart, { problems }: ObjectReader): void {
  compilerOf(part.document).compile(part, (tokens, message) => {
    const path = tokens.reduce<string>(childPath, '$.schema');
    // Several fields may refer to what is wrong.
    if (!problems.some((problem) => problem.path === path)) problems.push({ path, message });
  });
}
