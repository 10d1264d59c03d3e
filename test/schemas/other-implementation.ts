/** Another implementation of JSON Schema, which shares no line with ours. */
import { setShouldValidateFormat, setShouldValidateSchema } from '@hyperjump/json-schema';
import { registerSchema, unregisterSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import '@hyperjump/json-schema/formats';

setShouldValidateFormat(true);
// Most of the time would go there, and what is generated is a schema.
setShouldValidateSchema(false);

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** Whether a value is valid, by theirs. */
export async function openOther(document: { readonly $id?: string }): Promise<(value: unknown) => boolean> {
  const uri = document.$id ?? 'https://schemas.test/root';
  registerSchema({ $schema: DRAFT, ...structuredClone(document) }, uri);
  try {
    const judge = await validate(uri);
    return (value) => judge(value as never).valid;
  } finally {
    unregisterSchema(uri);
  }
}
