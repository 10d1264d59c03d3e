import type { ByteWindow } from '../byte-window.ts';
import { type DecodeText, decoderFor, findUndecodable } from '../decode-text.ts';
import type { JsonDialect, ReadOptions, RecordProblem, SourceRecord } from '../format.ts';
import { FieldTable } from './field-table.ts';
import { ObjectParser, type ParsedObject } from './object-parser.ts';

/** Where a record lies: its lines, and its bytes in the source. */
export interface RecordPlace {
  readonly line: number;
  readonly endLine: number;
  readonly startByte: number;
  readonly endByte: number;
}

const NO_COMMA: RecordProblem = Object.freeze({ code: 'record.no_comma', params: {}, isFatal: false });

/** Numbers records and makes them of the bytes of JSON objects: what the readers of JSON and JSONL have in common. */
export class ObjectRecords {
  readonly fields: readonly string[];
  readonly #dialect: JsonDialect;
  readonly #limit: number;
  readonly #decode: DecodeText;
  readonly #parser: ObjectParser;
  #nextNumber: number;

  constructor(dialect: JsonDialect, options: ReadOptions) {
    const table = new FieldTable(options.fields ?? [], options.limits.maxFields);
    this.fields = table.names;
    this.#dialect = dialect;
    this.#limit = options.limits.maxRecordBytes;
    this.#decode = decoderFor(dialect.encoding);
    this.#parser = new ObjectParser(table, options.limits);
    this.#nextNumber = options.position?.record ?? 1;
  }

  /**
   * The record of the object at `[from, to)` of the window's bytes.
   * @param lacksComma it follows another element of an array without a comma: that is its problem, unless it has a worse one
   */
  parse(window: ByteWindow, from: number, to: number, place: RecordPlace, lacksComma = false): SourceRecord {
    const text = this.#decode(window.bytes, from, to);
    const parsed = text === undefined ? this.#undecodable(window, from, to) : this.#parser.parse(text);
    const { values, problem = lacksComma ? NO_COMMA : undefined } = parsed;
    return problem === undefined ? this.#create(place, values) : this.#create(place, values, problem);
  }

  tooLong(place: RecordPlace): SourceRecord {
    return this.#create(place, [], {
      code: 'record.too_long',
      params: { limit: this.#limit },
      isFatal: true,
    });
  }

  notJson(place: RecordPlace, reason: string): SourceRecord {
    return this.#create(place, [], { code: 'record.not_json', params: { reason }, isFatal: true });
  }

  #create(place: RecordPlace, values: SourceRecord['values'], problem?: RecordProblem): SourceRecord {
    const record = {
      number: this.#nextNumber,
      line: place.line,
      startByte: place.startByte,
      endByte: place.endByte,
      endLine: place.endLine,
      values,
    };
    this.#nextNumber += 1;
    return problem === undefined ? record : { ...record, problems: [problem] };
  }

  #undecodable(window: ByteWindow, from: number, to: number): ParsedObject {
    const { encoding } = this.#dialect;
    const offset = window.offsetOf(findUndecodable(encoding, window.bytes, from, to));
    return {
      values: [],
      problem: { code: 'record.bad_encoding', params: { offset, encoding }, isFatal: true },
    };
  }
}
