/**
 * What the target says about staged rows before they are written, set-wise: keys that exist or do not, references, not
 * null, CHECK constraints. Each statement adds its findings to the session's `_wb_found`; the same statements make the
 * verdicts of a validation.
 */
import { type IssueCode, MAX_ISSUE_VALUE_LENGTH } from '../../core/issue.ts';
import type { ImportMode } from '../../core/job.ts';
import { afterImage } from './after-image.ts';
import { issueKey } from './issue-key-sql.ts';
import { issueValue } from './issue-value-sql.ts';
import { literal, nullable } from './quote.ts';
import { IS_WORKED_OUT } from './raising-rows.ts';
import type { WriterReference } from './reference-sql.ts';
import { referenceConditions } from './reference-sql.ts';
import { brokenLinks } from './resolve-links.ts';
import { rowRules } from './row-rules.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ShapeField } from './staged-column.ts';
import { asCopied, stagedRows, type WriteShape } from './write-shape.ts';

/**
 * A record may get several findings.
 *
 * @param table the staging table, or a query in parentheses
 * @param withRaising also what raises an error only while writing: an import learns it then
 */
export function judgeStatements(
  shape: WriteShape,
  mode: ImportMode,
  references: readonly WriterReference[],
  { table, withRaising }: { readonly table: string; readonly withRaising: boolean },
): string[] {
  const rows = stagedRows(shape, table, IS_WORKED_OUT);
  return [
    ...keyStatements(shape, mode, rows),
    ...(mode === 'delete'
      ? []
      : [...referenceStatements(shape, references, rows), ...rowStatements(shape, mode, rows, withRaising)]),
  ];
}

function addFinding(
  shape: WriteShape,
  code: IssueCode,
  params: string,
  field: ShapeField | undefined,
  value = issueValue(field && asCopied(shape, field)),
): string {
  return `insert into ${FOUND_TABLE} (record, line, start, bytes, key, code, params, field, value)
    select s._wb_record, s._wb_line, s._wb_start, s._wb_end - s._wb_start, ${issueKey(shape)}, ${literal(code)}, ${params}, ${nullable(field?.field.name)}, ${value}`;
}

/** The key's field where the key is one field; an issue about several names none. */
export function keyField(shape: WriteShape): ShapeField | undefined {
  const [name, ...others] = shape.collection.key;
  return others.length > 0 ? undefined : shape.fields.find(({ field }) => field.name === name);
}

function keyStatements(shape: WriteShape, mode: ImportMode, rows: string): string[] {
  const { key, relation } = shape;
  if (key === undefined) return [];
  const exists = `exists (select from ${relation.sql} t where ${key.match})`;
  const statements: string[] = [];
  if (mode === 'insert') {
    statements.push(
      `if not _wb_all_new then ${addFinding(shape, 'key.exists', `'{}'`, keyField(shape))} from ${rows} s where ${exists}; end if`,
    );
  }
  if (mode === 'update' || mode === 'delete') {
    statements.push(
      `${addFinding(shape, 'key.not_found', `'{}'`, keyField(shape))} from ${rows} s where not ${exists}`,
    );
  }
  if (key.matchAnyScope !== undefined && (mode === 'insert' || mode === 'upsert' || mode === 'replace')) {
    const params = `jsonb_build_object('constraint', ${literal(key.index.name)})`;
    statements.push(
      `${addFinding(shape, 'unique.conflict', params, keyField(shape))} from ${rows} s
       where not ${exists} and exists (select from ${relation.sql} t where ${key.matchAnyScope})`,
    );
  }
  return statements;
}

function referenceStatements(
  shape: WriteShape,
  references: readonly WriterReference[],
  rows: string,
): string[] {
  const stated = referenceConditions(shape, references).map(({ field, reference, isMissing }) => {
    const params = `jsonb_build_object('collection', ${literal(reference.collection)}, 'field', ${literal(reference.toField)})`;
    return `${addFinding(shape, 'reference.not_found', params, field)} from ${rows} s where ${isMissing}`;
  });
  const linked = brokenLinks(shape).map(
    ({ code, params, field, value, where }) =>
      `${addFinding(shape, code, params, field, `left(${value}, ${MAX_ISSUE_VALUE_LENGTH})`)} from ${rows} s where ${where}`,
  );
  return [...stated, ...linked];
}

/** What the table's own rules say of the row as it would be; left to the database where triggers may change it first. */
function rowStatements(shape: WriteShape, mode: ImportMode, rows: string, withRaising: boolean): string[] {
  const rules = rowRules(shape, mode, withRaising);
  if (rules.length === 0) return [];
  const looked = new Set(rules.flatMap(({ columns }) => columns));
  const needed = shape.relation.columns.filter(({ column }) => looked.has(column));
  return [
    `insert into ${FOUND_TABLE} (record, line, start, bytes, key, code, params, field, value)
     select s._wb_record, s._wb_line, s._wb_start, s._wb_end - s._wb_start, ${issueKey(shape)}, v.code, v.params, v.field, v.value
     from ${rows} s ${afterImage(shape, mode, needed)}
     cross join lateral (values ${rules.map(({ sql }) => sql).join(', ')}) v (broken, code, params, field, value)
     where v.broken`,
  ];
}
