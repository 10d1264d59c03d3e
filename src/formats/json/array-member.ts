const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const EMPTY_ARRAY = Buffer.from('[]');

/**
 * Cuts the array of one name out of a JSON document that is an object, over bytes, in as many pieces as they come. It counts brackets and
 * skips strings; whether what it gives is JSON is for the parsers of the array and of the rest to say.
 */
export class ArrayMember {
  /** Arrays of that name that have begun. */
  count = 0;
  /** Bytes of the document outside of it, where it is empty. */
  restBytes = 0;
  readonly #name: string;
  readonly #rest: Uint8Array[] = [];
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInArray = false;
  /** In the document's own object, a name comes next. */
  #isAtName = false;
  /** Source of the name that came last there. */
  #nameBytes: number[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** @returns pieces of the array, brackets included */
  push(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (this.#isInString) {
        this.#inString(byte);
      } else if (byte === OPEN_ARRAY && this.#isWanted()) {
        this.#keep(bytes.subarray(from, at));
        this.#isInArray = true;
        this.#depth += 1;
        this.count += 1;
        from = at;
      } else if (this.#outsideOfStrings(byte)) {
        pieces.push(bytes.subarray(from, at + 1));
        this.#keep(EMPTY_ARRAY);
        from = at + 1;
      }
    }
    const left = bytes.subarray(from);
    if (this.#isInArray) pieces.push(left);
    else this.#keep(left);
    return pieces;
  }

  /** The document without the array's elements. */
  rest(): Buffer {
    return Buffer.concat(this.#rest);
  }

  #keep(bytes: Uint8Array): void {
    this.restBytes += bytes.byteLength;
    this.#rest.push(Buffer.from(bytes));
  }

  #isWanted(): boolean {
    if (this.#isInArray || this.#depth !== 1 || this.#isAtName) return false;
    return nameOf(this.#nameBytes) === this.#name;
  }

  #inString(byte: number): void {
    if (this.#depth === 1 && this.#isAtName) this.#nameBytes.push(byte);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }

  /** @returns whether the array ends with this byte */
  #outsideOfStrings(byte: number): boolean {
    switch (byte) {
      case QUOTE:
        this.#isInString = true;
        if (this.#depth === 1 && this.#isAtName) this.#nameBytes = [QUOTE];
        return false;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#isAtName = this.#depth === 0 && byte === OPEN_OBJECT;
        this.#depth += 1;
        return false;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#depth -= 1;
        if (!this.#isInArray || this.#depth !== 1) return false;
        this.#isInArray = false;
        return true;
      case COMMA:
        if (this.#depth === 1) this.#isAtName = true;
        return false;
      case COLON:
        if (this.#depth === 1) this.#isAtName = false;
        return false;
      default:
        return false;
    }
  }
}

function nameOf(bytes: readonly number[]): string | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as string;
  } catch {
    return undefined;
  }
}
