const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/** Levels whose kind of bracket is remembered; deeper ones are only counted. */
const REMEMBERED_LEVELS = 4096;

const IS_SPECIAL = new Uint8Array(256);
for (const byte of [QUOTE, LF, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COMMA])
  IS_SPECIAL[byte] = 1;

/**
 * Finds where one element of a JSON array ends, over bytes, in as many pieces as they come. It counts brackets and skips strings;
 * whether the element is JSON is the parser's to say. A closing bracket that does not fit closes what is open up to its match, so
 * that a forgotten bracket costs one element.
 */
export class ElementScanner {
  /** Line feeds seen since `reset`. */
  lineEnds = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  readonly #openers = new Uint8Array(REMEMBERED_LEVELS);

  /** Begins a new element. */
  reset(): void {
    this.lineEnds = 0;
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
  }

  /**
   * Goes on at `from`.
   * @returns the index after the element: after its closing bracket, or for a value without brackets that of the comma or bracket
   *   after it; -1 when `to` was reached before
   */
  scan(bytes: Buffer, from: number, to: number): number {
    let at = from;
    for (;;) {
      if (this.#isInString) {
        at = this.#skipString(bytes, at, to);
        if (at === -1) return -1;
      }
      while (at < to && IS_SPECIAL[bytes[at] as number] === 0) at += 1;
      if (at >= to) return -1;
      const byte = bytes[at] as number;
      if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) return at;
      at += 1;
      if (byte === QUOTE) this.#isInString = true;
      else if (byte === LF) this.lineEnds += 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte);
      else if (byte !== COMMA && this.#close(byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY)) return at;
    }
  }

  #skipString(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at];
      if (byte === LF) this.lineEnds += 1;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#isInString = false;
        return at + 1;
      }
    }
    return -1;
  }

  #open(bracket: number): void {
    if (this.#depth < REMEMBERED_LEVELS) this.#openers[this.#depth] = bracket;
    this.#depth += 1;
  }

  /** @returns whether the element is closed */
  #close(opener: number): boolean {
    let depth = this.#depth - 1;
    if (depth < REMEMBERED_LEVELS) while (depth >= 0 && this.#openers[depth] !== opener) depth -= 1;
    if (depth < 0) return false;
    this.#depth = depth;
    return depth === 0;
  }
}
