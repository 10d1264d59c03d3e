import { cutIssueValue } from '../../core/issue.ts';
import type { JsonText, ReadLimits, RecordProblem, SourceValue } from '../format.ts';
import type { FieldTable } from './field-table.ts';
import { JsonProblem, JsonScanner } from './json-scanner.ts';

export interface ParsedObject {
  readonly values: SourceValue[];
  readonly problem?: RecordProblem;
}

const TRUE: JsonText = Object.freeze({ kind: 'boolean', text: 'true' });
const FALSE: JsonText = Object.freeze({ kind: 'boolean', text: 'false' });

/**
 * Parses the source text of one object into values by position. Numbers, arrays and objects keep their source text, so nothing
 * passes through a float, and no name (`__proto__`) is special. `JSON.parse` with a reviver that sees the source took three times
 * as long.
 */
export class ObjectParser {
  readonly #fields: FieldTable;
  readonly #limits: ReadLimits;
  readonly #scanner: JsonScanner;
  #hasNoRoom = false;

  constructor(fields: FieldTable, limits: ReadLimits) {
    this.#fields = fields;
    this.#limits = limits;
    this.#scanner = new JsonScanner(limits.maxDepth);
  }

  parse(text: string): ParsedObject {
    this.#hasNoRoom = false;
    const values: SourceValue[] = [];
    try {
      this.#parseInto(values, text);
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error;
      return { values: [], problem: this.#broken(error, text) };
    }
    const { duplicateName } = this.#scanner;
    if (duplicateName !== undefined) {
      return {
        values,
        problem: { code: 'record.duplicate_name', params: { name: duplicateName }, isFatal: false },
      };
    }
    if (!this.#hasNoRoom) return { values };
    const params = { limit: this.#limits.maxFields };
    return { values, problem: { code: 'record.too_many_fields', params, isFatal: false } };
  }

  #parseInto(values: SourceValue[], text: string): void {
    const scanner = this.#scanner;
    scanner.start(text);
    scanner.expect(0x7b, 'an object');
    scanner.skipSpace();
    let position = -1;
    let isMore = !scanner.take(0x7d);
    while (isMore) {
      position = this.#name(position + 1);
      scanner.skipSpace();
      scanner.expect(0x3a, 'a colon');
      scanner.skipSpace();
      this.#put(values, position, this.#value());
      scanner.skipSpace();
      isMore = !scanner.take(0x7d);
      if (!isMore) break;
      scanner.expect(0x2c, 'a comma or }');
      scanner.skipSpace();
    }
    scanner.skipSpace();
    if (scanner.at < text.length) throw scanner.unexpected('the end');
  }

  /** Takes a name. Objects of one source mostly have the same names in the same order, so the next one is tried first. */
  #name(likely: number): number {
    const scanner = this.#scanner;
    const literal = this.#fields.literals[likely];
    if (literal !== undefined && scanner.text.startsWith(literal, scanner.at)) {
      scanner.at += literal.length;
      return likely;
    }
    return this.#fields.positionOf(scanner.string());
  }

  #put(values: SourceValue[], position: number, value: SourceValue): void {
    if (position === -1) {
      this.#hasNoRoom = true;
      return;
    }
    if (values[position] !== undefined) this.#scanner.duplicateName ??= this.#fields.names[position];
    while (values.length < position) values.push(undefined);
    values[position] = value;
  }

  #value(): Exclude<SourceValue, undefined> {
    const scanner = this.#scanner;
    const from = scanner.at;
    switch (scanner.text.charCodeAt(from)) {
      case 0x22:
        return scanner.string();
      case 0x6e:
        scanner.skipWord('null');
        return null;
      case 0x74:
        scanner.skipWord('true');
        return TRUE;
      case 0x66:
        scanner.skipWord('false');
        return FALSE;
      case 0x7b:
        scanner.skipValue(2);
        return { kind: 'object', text: scanner.text.slice(from, scanner.at) };
      case 0x5b:
        scanner.skipValue(2);
        return { kind: 'array', text: scanner.text.slice(from, scanner.at) };
      default:
        scanner.skipValue(2);
        return { kind: 'number', text: scanner.text.slice(from, scanner.at) };
    }
  }

  #broken(problem: JsonProblem, text: string): RecordProblem {
    const value = cutIssueValue(text);
    return problem.code === 'record.too_deep'
      ? { code: problem.code, params: { limit: this.#limits.maxDepth }, isFatal: true, value }
      : { code: problem.code, params: { reason: problem.message }, isFatal: true, value };
  }
}
