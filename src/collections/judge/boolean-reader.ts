import { type ReaderContext, type Reading, refusal, type ValueReader } from './value-reader.ts';

/** Words for true and false, without regard to case; a JSON boolean is always one. PostgreSQL's text is `t` or `f`. */
export function createBooleanReader({ field }: ReaderContext): ValueReader {
  const trueWords = field.rules.trueWords ?? ['true'];
  const falseWords = field.rules.falseWords ?? ['false'];
  const notBoolean = refusal('field.not_boolean', { expected: [...trueWords, ...falseWords].join(', ') });
  // As they are written first, so that the usual text is found without changing its case.
  const words = new Map<string, string>();
  for (const word of trueWords) words.set(word, 't').set(word.toLowerCase(), 't');
  for (const word of falseWords) words.set(word, 'f').set(word.toLowerCase(), 'f');
  const readText = (text: string): Reading => words.get(text) ?? words.get(text.toLowerCase()) ?? notBoolean;
  return {
    readText,
    readJson: ({ kind, text }) => {
      if (kind === 'boolean') return text === 'true' ? 't' : 'f';
      return kind === 'number' ? readText(text) : notBoolean;
    },
    toKey: (canonical) => canonical,
  };
}
