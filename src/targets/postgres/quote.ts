/** Quoting for statements that take no parameters: COPY, DDL, function bodies. */
import { escapeIdentifier, escapeLiteral } from 'pg';

/** An identifier, always quoted, so that case and reserved words survive. */
export function identifier(name: string): string {
  return escapeIdentifier(name);
}

export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** A text literal. A NUL character cannot be in PostgreSQL's text: it would end the statement, so it is refused. */
export function literal(text: string): string {
  if (text.includes('\0')) throw new Error('A NUL character cannot be part of a SQL literal');
  return escapeLiteral(text);
}

/** `literal` for a value that may be SQL's null. */
export function nullable(text: string | null | undefined): string {
  return text === null || text === undefined ? 'null' : literal(text);
}

/** An array of texts. */
export function textArray(texts: readonly string[]): string {
  return `array[${texts.map(literal).join(', ')}]::text[]`;
}

/** The body of a function, in dollar quotes whose tag does not occur in it. */
export function dollarQuoted(body: string): string {
  let tag = '$waybill$';
  for (let n = 1; body.includes(tag); n += 1) tag = `$waybill${n}$`;
  return `${tag}${body}${tag}`;
}
