import { visibleText } from '../../core/visible-text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Columns of a terminal that a text takes: wide letters of East Asian scripts and most pictures take two, marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/\p{Mark}|\p{Cf}/u.test(letter)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(
        letter,
      )
        ? 2
        : 1;
  }
  return width;
}

/** The text cut to so many columns; the cut is marked by an ellipsis. */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = '';
  let width = 1;
  for (const letter of text) {
    width += displayWidth(letter);
    if (width > columns) break;
    cut += letter;
  }
  return columns < 1 ? '' : `${cut}…`;
}

/** Aligned columns with a line of titles; no rows give nothing. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent = '',
): string {
  if (rows.length === 0) return '';
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(visibleText))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? ''))));
  const rendered = lines.map((line) => {
    const cells = columns.map(({ align }, index) => {
      const cell = line[index] ?? '';
      const padding = ' '.repeat((widths[index] ?? 0) - displayWidth(cell));
      return align === 'right' ? padding + cell : cell + padding;
    });
    return indent + cells.join('  ').trimEnd();
  });
  return `${rendered.join('\n')}\n`;
}
