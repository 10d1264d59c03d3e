const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What is wrong with a JSON text, and where (in UTF-16 code units from its start). Never leaves this folder. */
export class JsonProblem extends Error {
  readonly code: 'record.not_json' | 'record.too_deep';

  constructor(code: JsonProblem['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Walks over JSON values in a text (RFC 8259, strictly) without building them: their source text is what is wanted. */
export class JsonScanner {
  text = '';
  at = 0;
  /** A name that stands twice in one object of the text. Such JSON is legal and means different things to different readers. */
  duplicateName: string | undefined;
  readonly #maxDepth: number;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  start(text: string): void {
    this.text = text;
    this.at = 0;
    this.duplicateName = undefined;
    this.skipSpace();
  }

  skipSpace(): void {
    const { text } = this;
    let at = this.at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
      at += 1;
    }
    this.at = at;
  }

  /** Takes `character` if it comes next. */
  take(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character: number, what: string): void {
    if (!this.take(character)) throw this.unexpected(what);
  }

  unexpected(what: string): JsonProblem {
    const got = this.at >= this.text.length ? 'its end' : JSON.stringify(this.text.charAt(this.at));
    return new JsonProblem('record.not_json', `expected ${what} at character ${this.at + 1}, got ${got}`);
  }

  /** Takes a string and gives its text. */
  string(): string {
    const from = this.at;
    const hasEscapes = this.skipString();
    if (!hasEscapes) return this.text.slice(from + 1, this.at - 1);
    try {
      return JSON.parse(this.text.slice(from, this.at)) as string;
    } catch {
      this.at = from;
      throw new JsonProblem(
        'record.not_json',
        `the string at character ${from + 1} has an escape that JSON does not know`,
      );
    }
  }

  /** @returns whether it has escapes, which are not checked here */
  skipString(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.at) !== QUOTE) throw this.unexpected('a string');
    let hasEscapes = false;
    let at = this.at + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        hasEscapes = true;
        at += 2;
      } else if (code >= 0x20) {
        at += 1;
      } else {
        this.at = at; // a control character, or NaN at the end
        throw this.unexpected('the rest of a string');
      }
    }
    this.at = at + 1;
    return hasEscapes;
  }

  /** Takes a number; `01`, `+1`, `.5`, `NaN` are none. */
  skipNumber(): void {
    const { text } = this;
    this.take(0x2d);
    if (!this.take(0x30)) this.#digits('a digit');
    if (this.take(0x2e)) this.#digits('a digit after the decimal point');
    const exponent = text.charCodeAt(this.at);
    if (exponent === 0x65 || exponent === 0x45) {
      this.at += 1;
      const sign = text.charCodeAt(this.at);
      if (sign === 0x2b || sign === 0x2d) this.at += 1;
      this.#digits('a digit of the exponent');
    }
  }

  #digits(what: string): void {
    const from = this.at;
    let code = this.text.charCodeAt(this.at);
    while (code >= 0x30 && code <= 0x39) {
      this.at += 1;
      code = this.text.charCodeAt(this.at);
    }
    if (this.at === from) throw this.unexpected(what);
  }

  /** Takes `true`, `false` or `null`. */
  skipWord(word: string): void {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected('a value');
    this.at += word.length;
  }

  /** Takes any value that lies `depth` levels deep. */
  skipValue(depth: number): void {
    switch (this.text.charCodeAt(this.at)) {
      case QUOTE:
        this.string();
        break;
      case 0x7b:
        this.#skipObject(depth);
        break;
      case 0x5b:
        this.#skipArray(depth);
        break;
      case 0x74:
        this.skipWord('true');
        break;
      case 0x66:
        this.skipWord('false');
        break;
      case 0x6e:
        this.skipWord('null');
        break;
      default:
        this.#skipNumberValue();
    }
  }

  #skipNumberValue(): void {
    const code = this.text.charCodeAt(this.at);
    if (code !== 0x2d && !(code >= 0x30 && code <= 0x39)) throw this.unexpected('a value');
    this.skipNumber();
  }

  #skipObject(depth: number): void {
    this.#checkDepth(depth);
    const names = new Set<string>();
    this.at += 1;
    this.skipSpace();
    if (this.take(0x7d)) return;
    for (;;) {
      const name = this.string();
      if (names.has(name)) this.duplicateName ??= name;
      names.add(name);
      this.skipSpace();
      this.expect(0x3a, 'a colon');
      this.skipSpace();
      this.skipValue(depth + 1);
      this.skipSpace();
      if (this.take(0x7d)) return;
      this.expect(0x2c, 'a comma or }');
      this.skipSpace();
    }
  }

  #skipArray(depth: number): void {
    this.#checkDepth(depth);
    this.at += 1;
    this.skipSpace();
    if (this.take(0x5d)) return;
    for (;;) {
      this.skipValue(depth + 1);
      this.skipSpace();
      if (this.take(0x5d)) return;
      this.expect(0x2c, 'a comma or ]');
      this.skipSpace();
    }
  }

  #checkDepth(depth: number): void {
    if (depth > this.#maxDepth) throw new JsonProblem('record.too_deep', `deeper than ${this.#maxDepth}`);
  }
}
