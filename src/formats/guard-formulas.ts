/**
 * Makes a text harmless to a spreadsheet, which would run it as a formula: an apostrophe is put before what starts with `=`, `+`,
 * `-`, `@`, a tab or a CR, and also where apostrophes stand before that already, so that `unguardFormula` is its exact inverse. For
 * text values only: a number such as `-5` is no formula. Source: OWASP, CSV Injection.
 */
export function guardFormula(text: string): string {
  return GUARDABLE.test(text) ? `'${text}` : text;
}

/** Takes the apostrophe of `guardFormula` off again. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && GUARDABLE.test(text) ? text.slice(1) : text;
}

const GUARDABLE = /^'*[=+\-@\t\r]/;
