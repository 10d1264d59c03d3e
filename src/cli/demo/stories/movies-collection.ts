const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

/** Films, with the rules that a careful person would set for them. */
export const MOVIES = {
  title: 'Films and what they earned',
  key: ['Title', 'Release Date'],
  schema: {
    type: 'object',
    properties: {
      Title: text,
      'US Gross': count,
      'Worldwide Gross': count,
      'US DVD Sales': count,
      'Production Budget': count,
      'Release Date': { type: 'string', format: 'date' },
      'MPAA Rating': {
        enum: ['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated', null],
        type: ['string', 'null'],
      },
      'Running Time min': { type: 'integer', minimum: 1 },
      Distributor: text,
      Source: text,
      'Major Genre': text,
      'Creative Type': text,
      Director: text,
      'Rotten Tomatoes Rating': { type: 'integer', minimum: 0, maximum: 100 },
      'IMDB Rating': { type: 'number', minimum: 0, maximum: 10 },
      'IMDB Votes': count,
    },
    required: ['Title', 'Release Date'],
  },
  fields: { 'Release Date': { datePatterns: ['MMM dd yyyy'] } },
  validators: ['release_years'],
};

export const MOVIE_FIELDS = Object.keys(MOVIES.schema.properties);

export type Movie = Record<string, unknown>;

/** The film as it should be, and what had to be changed: what a person does with a failed-rows file in an editor. */
export function repairMovie(movie: Movie): { movie: Movie; changes: readonly string[] } {
  const repaired = { ...movie };
  const { Title: title, 'Release Date': date, 'MPAA Rating': rating } = movie;
  // A number where a title should be is the title without its quotes: 1941, 2012, 300.
  if (typeof title === 'number') repaired['Title'] = String(title);
  if (title === null) repaired['Title'] = 'Title unknown';
  if (rating === 'Open') repaired['MPAA Rating'] = 'Not Rated';
  // Years were written with two digits once, and came back in the wrong century: "Gone with the Wind", Dec 15 2039.
  if (typeof date === 'string' && Number(date.slice(-4)) > 2011)
    repaired['Release Date'] = date.replace(/ 20(\d\d)$/, ' 19$1');
  return { movie: repaired, changes: Object.keys(movie).filter((field) => movie[field] !== repaired[field]) };
}
