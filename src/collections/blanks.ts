/** The blank, and those that stand in its place where a line must not break or a number is grouped. */
export const BLANKS = ' \u00a0\u202f\u2009';
export const BLANK = new RegExp(`[${BLANKS}]`, 'g');
