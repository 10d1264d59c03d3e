/** The value of a staged record as its findings have it. */
import { MAX_ISSUE_VALUE_LENGTH } from '../../core/issue.ts';
import type { ShapeField } from './staged-column.ts';

/** SQL of an issue's value: cut, and null for sensitive fields. */
export function issueValue(field: ShapeField | undefined): string {
  if (field === undefined || field.field.rules.sensitive === true) return 'null';
  return `left(s.${field.staged}::text, ${MAX_ISSUE_VALUE_LENGTH})`;
}
