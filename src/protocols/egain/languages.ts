/** `Accept-Language`: what language answers are in. The codes of content are others. */
import type { WireRequest } from '../wire.ts';

/** Source: SEED0, header parameters. */
export const ANSWER_LANGUAGES = [
  'en-US',
  'es-ES',
  'fr-FR',
  'it-IT',
  'de-DE',
  'nl-NL',
  'pt-BR',
  'pt-PT',
  'da-DK',
  'ru-RU',
  'fr-CA',
  'zh-CN',
  'ja-JP',
  'ko-KR',
  'sv-SE',
] as const;
export type AnswerLanguage = (typeof ANSWER_LANGUAGES)[number];

/** Of answers to requests that name no language. */
export const DEFAULT_LANGUAGE: AnswerLanguage = 'en-US';

/**
 * The language that a request asks for: the first of those that it likes best that there is, in any case. Undefined: there is no header, or
 * none of its languages; `*`, which many clients send unasked, names none.
 */
export function findLanguage({ headers }: Pick<WireRequest, 'headers'>): AnswerLanguage | undefined {
  return (headers['accept-language'] ?? '')
    .split(',')
    .map(readPreference)
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ tag }) => ANSWER_LANGUAGES.find((language) => language.toLowerCase() === tag))
    .find((language) => language !== undefined);
}

export function languageOf(request: Pick<WireRequest, 'headers'>): AnswerLanguage {
  return findLanguage(request) ?? DEFAULT_LANGUAGE;
}

/** RFC 9110, 12.5.4: `fr-CA;q=0.8`. */
function readPreference(item: string): { tag: string; quality: number } {
  const [tag = '', ...parameters] = item.split(';').map((piece) => piece.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { tag, quality: Number.isNaN(quality) ? 0 : quality };
}
