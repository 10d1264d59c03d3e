/** Inputs that are too large to be kept, by case and name; the same bytes each time. */
const QUESTIONS = 400;
const COLUMNS = 1200;

export const GENERATED_FILES: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  '26-size-limits': { 'survey400.csv': makeSurvey, 'wide.csv': makeWide },
};

/** Twenty respondents, one of whom wrote 20 characters, which compression cannot shorten, in each answer. */
function makeSurvey(): string {
  const letters = createLetters(400);
  const answers = (respondent: number) =>
    Array.from({ length: QUESTIONS }, () => (respondent === 10 ? letters(20) : 'short'));
  const header = ['respondent', ...Array.from({ length: QUESTIONS }, (_, question) => `q${question}`)];
  const records = Array.from({ length: 20 }, (_, respondent) => [`r${respondent}`, ...answers(respondent)]);
  return toCsv([header, ...records]);
}

/** Three records of 1,200 texts, the middle one too wide for a page. */
function makeWide(): string {
  const letters = createLetters(1200);
  const numbers = Array.from({ length: COLUMNS }, (_, column) => String(column));
  const header = numbers.map((column) => `c${column}`);
  return toCsv([header, numbers, numbers.map(() => letters(20)), numbers]);
}

function toCsv(records: readonly (readonly string[])[]): string {
  return `${records.map((fields) => fields.join(',')).join('\n')}\n`;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Seeded: a linear congruential generator, whose upper bits choose. */
function createLetters(seed: number): (length: number) => string {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ALPHABET[Math.floor((state / 2 ** 32) * ALPHABET.length)];
  };
  return (length) => Array.from({ length }, next).join('');
}
