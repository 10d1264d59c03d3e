/** The key of a staged record as its findings have it. */
import { findKeyPositions } from '../../collections/record-key.ts';
import { MAX_ISSUE_VALUE_LENGTH } from '../../core/issue.ts';
import type { ShapeField } from './staged-column.ts';
import type { WriteShape } from './write-shape.ts';

/** SQL over `s`, the staged row; null where issues have no key. One character more than is kept, so that the cut is seen. */
export function issueKey({ collection, copied: fields }: WriteShape): string {
  const positions = findKeyPositions(
    collection,
    fields.map(({ field }) => field.name),
  );
  if (positions === undefined) return 'null';
  const parts = positions.flatMap((position) => fields[position] ?? []);
  const texts = parts.map((part) => `left(${canonicalText(part)}, ${MAX_ISSUE_VALUE_LENGTH + 1})`);
  return `array[${texts.join(', ')}]`;
}

/** As the judge writes it: JSON has the `T` of ISO 8601, which the text of a timestamp lacks. */
function canonicalText({ staged, column }: ShapeField): string {
  return column.storageType.startsWith('timestamp') ? `to_jsonb(s.${staged}) #>> '{}'` : `s.${staged}::text`;
}
