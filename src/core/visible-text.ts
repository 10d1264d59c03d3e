/**
 * Letters that nobody sees, or that change how others are seen: control characters (with escape and U+009B, which move cursors and hide
 * text), marks of direction (which show a text in another order than it has), line separators, halves of surrogate pairs, and what else
 * has no shape. Joiners stay, since scripts and pictures are written with them, and so do the marks of numbers that have a shape.
 */
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u{200c}-\u{200d}\u{600}-\u{605}\u{6dd}\u{70f}\u{890}-\u{891}\u{8e2}\u{110bd}\u{110cd}]]/gv;

/** A value on one line, with everything that nobody would see written out as JSON does (`\n`, `\u001b`). */
export function visibleText(text: string): string {
  return text.replaceAll(UNSEEN, spell);
}

/** The same for several lines: line ends stay. What is JSON stays the same JSON. */
export function visibleLines(text: string): string {
  return text.replaceAll(UNSEEN, (letter) => (letter === '\n' ? letter : spell(letter)));
}

function spell(letter: string): string {
  const quoted = JSON.stringify(letter).slice(1, -1);
  if (quoted !== letter) return quoted;
  return letter
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
