/** The text of a shared string or an inline one: runs joined, phonetic readings left out. Source: ECMA-376-1, sections 18.4.4, 18.4.6, 18.4.8, 22.9.2.19. */

export interface TextCell {
  begin(): void;
  open(name: string): void;
  close(name: string): void;
  add(text: string): void;
  end(): string;
}

export function createTextCell(): TextCell {
  let text = '';
  let isText = false;
  let isPhonetic = false;
  return {
    begin() {
      text = '';
      isText = false;
      isPhonetic = false;
    },
    open(name) {
      if (name === 't') isText = true;
      else if (name === 'rPh') isPhonetic = true;
    },
    close(name) {
      if (name === 't') isText = false;
      else if (name === 'rPh') isPhonetic = false;
    },
    add(piece) {
      if (isText && !isPhonetic) text += piece;
    },
    end: () => unescapeText(text),
  };
}

/** `_x000D_` is the character that XML cannot hold, and `_x005F_` the underscore before what only looks like one. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
