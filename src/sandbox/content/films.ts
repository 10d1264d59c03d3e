/** Films (the Vega project), as articles of a knowledge base. */
import { readPublicFile } from '../public-files.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

type Film = Readonly<Record<string, string | number | null>>;

const EVERY = 10;

/** Where imports find the package that the sandbox has made, below the place of its packages. */
export const PACKAGE_FOLDER = 'films';

export const ARTICLES: SandboxCollection = {
  name: 'articles',
  definition: describe('Films as articles', 'id', {
    id: TYPES.integerKey,
    name: TYPES.text,
    language: TYPES.text,
    is_published: TYPES.boolean,
    is_searchable: TYPES.boolean,
    content: TYPES.text,
  }),
  records: async () =>
    (await readFilms(0)).map((film, index) => ({
      id: index + 1,
      name: String(film['Title']),
      language: 'en-US',
      is_published: film['MPAA Rating'] !== null,
      is_searchable: film['IMDB Rating'] !== null,
      content: contentOf(film),
    })),
};

/** What packages are imported into. */
export const DRAFTS: SandboxCollection = {
  name: 'drafts',
  definition: describe('Articles of packages', 'name', {
    name: TYPES.textKey,
    folder: TYPES.text,
    content: TYPES.text,
  }),
  records: async () => [],
};

/** Files of a package of articles, by path. */
export async function packageFiles(): Promise<Readonly<Record<string, string>>> {
  const films = new Map((await readFilms(5)).map((film) => [String(film['Title']), film]));
  const articles = [...films].map(([name, film]) => ({
    name,
    folder: { path: `Films/${film['Major Genre'] ?? 'Others'}` },
    content: contentOf(film),
  }));
  return { 'package/knowledgehub/articles/articles.json': JSON.stringify({ articles }) };
}

/** A tenth of them. @param first index, below ten */
async function readFilms(first: number): Promise<Film[]> {
  const films = JSON.parse((await readPublicFile('movies.json')).toString()) as Film[];
  return films.filter((film, index) => index % EVERY === first && film['Title'] !== null);
}

const SHOWN = ['Release Date', 'Director', 'Distributor', 'Major Genre', 'MPAA Rating', 'IMDB Rating'];

function contentOf(film: Film): string {
  const facts = SHOWN.flatMap((name) =>
    film[name] === null ? [] : [`<li>${name}: ${escape(film[name])}</li>`],
  );
  return `<h1>${escape(film['Title'])}</h1><ul>${facts.join('')}</ul>`;
}

function escape(value: unknown): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
