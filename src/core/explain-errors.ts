import { AppError } from './errors.ts';
import type { DialectGuess } from './job.ts';
import { visibleText } from './visible-text.ts';

/**
 * One error names them all: a person wants to mend a file once. Where a guess stands behind them it is told, with the option that
 * overrides it: the file may be right, and the guess wrong.
 */
export function explainErrors(errors: readonly AppError[], guesses: readonly DialectGuess[]): AppError {
  const [first] = errors;
  if (first === undefined) throw new Error('there is nothing to explain');
  const lines = [...errors.map((error) => error.message), ...guesses.map(describeGuess)];
  return new AppError(first.code, lines.join('\n'), {
    details: {
      errors: errors.map((error) => ({ code: error.code, message: error.message, ...error.details })),
      ...(guesses.length > 0 && { guesses }),
    },
  });
}

function describeGuess({ what, value, because }: DialectGuess): string {
  const why = visibleText(because);
  switch (what) {
    case 'header':
      return value === true
        ? `The first record was taken for the header. This is a guess (${why}); dialect.header: false (--no-header) says that it is a record.`
        : `The first record was taken for no header. This is a guess (${why}); dialect.header: true (--header) says that it is one.`;
    case 'skipLines':
      return `${value} lines above the header were left out. This is a guess (${why}); dialect.skipLines (--skip-lines) sets how many.`;
    case 'sheet':
      return `Sheet ${JSON.stringify(value)} of the workbook was read. This is a guess (${why}); dialect.sheet (--sheet) names another.`;
    case 'encoding':
    case 'delimiter':
    case 'quote':
      return `The ${what} was taken to be ${JSON.stringify(value)}. This is a guess (${why}); dialect.${what} (--${what}) sets it.`;
  }
}
