/** Text that begins as JSON and is neither an array nor one object per line: what it is instead, and what to do. */
import { AppError } from '../../core/errors.ts';

const EXPECTED = 'expected an array of objects, or one object per line.';

/** @param start the text from its first `{` on; it may be cut */
export function refuseObjects(start: string): AppError {
  const end = endOfObject(start);
  const rest = end === undefined ? '' : start.slice(end).trimStart();
  const isOnOneLine = end !== undefined && !start.slice(0, end).includes('\n');
  if (rest.startsWith(',')) {
    const what = isOnOneLine
      ? 'one object per line with commas between them'
      : 'several JSON objects with commas between them';
    return unknown(
      `${what}, and no brackets around them; ${EXPECTED} Put [ before the first and ] behind the last, or take the commas away.`,
    );
  }
  if (rest.startsWith('{'))
    return unknown(
      `several JSON objects over several lines each; ${EXPECTED} Write each on one line (jq -c . does so).`,
    );
  return unknown(
    `one JSON object over several lines; ${EXPECTED} Send the list inside it as an array of its own.`,
  );
}

function unknown(what: string): AppError {
  return new AppError('format.unknown', `The source is ${what}`);
}

/** Index behind the object's closing brace, or undefined where the text ends before. */
function endOfObject(text: string): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '\\') at += 1;
    else if (letter === '"') isInString = !isInString;
    else if (!isInString && letter === '{') depth += 1;
    else if (!isInString && letter === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}
