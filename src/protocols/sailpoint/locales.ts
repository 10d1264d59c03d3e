/** The texts of errors in the languages that there are, and which of them a request asks for. */

/** Source of the English ones: SEED2; `noFile`: docs/vendors/sailpoint.md#endpoints, seen in an answer. */
const TEXTS = {
  'en-US': {
    badContent: 'The request was syntactically correct but its content is semantically invalid.',
    forbidden: 'The server understood the request but refuses to authorize it.',
    notFound: 'The server did not find a current representation for the target resource.',
    fault: 'An internal fault occurred.',
    noFile: 'No files were supplied for import.',
  },
  de: {
    badContent: 'Die Anfrage war syntaktisch richtig, aber ihr Inhalt ist semantisch ungültig.',
    forbidden: 'Der Server hat die Anfrage verstanden, verweigert aber ihre Autorisierung.',
    notFound: 'Der Server hat keine aktuelle Darstellung der Zielressource gefunden.',
    fault: 'Ein interner Fehler ist aufgetreten.',
    noFile: 'Es wurden keine Dateien für den Import übergeben.',
  },
  es: {
    badContent: 'La solicitud es sintácticamente correcta, pero su contenido no es válido semánticamente.',
    forbidden: 'El servidor ha entendido la solicitud, pero se niega a autorizarla.',
    notFound: 'El servidor no ha encontrado una representación actual del recurso de destino.',
    fault: 'Se ha producido un error interno.',
    noFile: 'No se ha proporcionado ningún archivo para importar.',
  },
  fr: {
    badContent: 'La syntaxe de la requête est correcte, mais son contenu est sémantiquement invalide.',
    forbidden: "Le serveur a compris la requête, mais refuse de l'autoriser.",
    notFound: "Le serveur n'a pas trouvé de représentation actuelle de la ressource cible.",
    fault: 'Une erreur interne est survenue.',
    noFile: "Aucun fichier n'a été fourni pour l'importation.",
  },
  'pt-BR': {
    badContent: 'A solicitação está sintaticamente correta, mas seu conteúdo é semanticamente inválido.',
    forbidden: 'O servidor entendeu a solicitação, mas se recusa a autorizá-la.',
    notFound: 'O servidor não encontrou uma representação atual do recurso de destino.',
    fault: 'Ocorreu uma falha interna.',
    noFile: 'Nenhum arquivo foi fornecido para importação.',
  },
} as const;

type Locale = keyof typeof TEXTS;
export type TextName = keyof (typeof TEXTS)['en-US'];

const DEFAULT_LOCALE = 'en-US';
const LOCALES = Object.keys(TEXTS) as Locale[];

/** Where a request asks for no language, or for none that there is. Source: docs/vendors/sailpoint.md#errors, seen in an answer. */
const UNDETERMINED = 'und';

export interface LocalizedMessage {
  /** BCP 47. */
  readonly locale: string;
  readonly localeOrigin: 'DEFAULT' | 'REQUEST';
  readonly text: string;
}

/** The text in the default locale, and in the one that fits the header `Accept-Language` best. */
export function localize(name: TextName, acceptLanguage: string | undefined): LocalizedMessage[] {
  const locale = bestLocale(acceptLanguage);
  return [
    { locale: DEFAULT_LOCALE, localeOrigin: 'DEFAULT', text: TEXTS[DEFAULT_LOCALE][name] },
    {
      locale: locale ?? UNDETERMINED,
      localeOrigin: 'REQUEST',
      text: TEXTS[locale ?? DEFAULT_LOCALE][name],
    },
  ];
}

/** A text that there is in English alone. */
export function defaultMessage(text: string): LocalizedMessage {
  return { locale: DEFAULT_LOCALE, localeOrigin: 'DEFAULT', text };
}

/** RFC 4647, 3.4 (lookup): a range is shortened until it fits; one without a region fits any. */
function bestLocale(acceptLanguage = ''): Locale | undefined {
  const ranges = acceptLanguage
    .split(',')
    .map(readRange)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { range } of ranges) {
    if (range === '*') return DEFAULT_LOCALE;
    const language = range.split('-')[0];
    const found =
      LOCALES.find((locale) => locale.toLowerCase() === range) ??
      LOCALES.find((locale) => locale.toLowerCase().split('-')[0] === language);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readRange(text: string): { readonly range: string; readonly weight: number } {
  const [range = '', ...parameters] = text
    .trim()
    .toLowerCase()
    .split(/\s*;\s*/);
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = quality === undefined ? 1 : Number(quality.slice(2));
  return { range, weight: range === '' || Number.isNaN(weight) ? 0 : weight };
}
