/** Kinds of columns whose values must come back as they were: types, rules, and the values that are hardest for them. */
export interface Kind {
  readonly sqlType: string;
  readonly property: object;
  readonly rules?: object;
  /** PostgreSQL's texts. */
  readonly values: readonly string[];
}

const text = { type: ['string', 'null'] };
const date = { type: ['string', 'null'], format: 'date' };
const time = { type: ['string', 'null'], format: 'time' };
const instant = { type: ['string', 'null'], format: 'date-time' };
const DAYS = [
  '2024-02-29',
  '1999-12-31',
  '0044-03-15 BC',
  '10000-01-01',
  '5874897-12-31',
  'infinity',
  '-infinity',
];
const TIMES = ['00:00:00', '12:30:00', '12:30:17', '23:59:59.999999', '24:00:00'];
/** In both hours that New York's clock shows twice, with and without seconds, and at the ends of time. */
const INSTANTS = [
  '2024-11-03 05:30:00+00',
  '2024-11-03 06:30:00+00',
  '2024-11-05 06:30:17.25+00',
  '2024-03-10 07:00:00+00',
  '1950-01-01 00:00:00+00',
  '0001-06-01 12:00:00+00 BC',
  '10000-01-01 13:59:59+00',
  'infinity',
  '-infinity',
];
const newYork = { datePatterns: ['M/d/yyyy h:mm a'], timeZone: 'America/New_York' };

export const KINDS: readonly Kind[] = [
  {
    sqlType: 'text',
    property: text,
    values: ['', ' ', 'x', 'null', '\\N', '"\\N"', '"', ',', '\r\n', '=1', "'"],
  },
  { sqlType: 'bigint', property: { type: ['integer', 'null'] }, values: ['0', '-5', '9223372036854775807'] },
  {
    sqlType: 'numeric',
    property: { type: ['number', 'null'] },
    rules: { decimalMark: ',', thousandsMark: ' ' },
    values: ['1234.50', '-0.1'],
  },
  {
    sqlType: 'real',
    property: { type: ['number', 'null'] },
    values: ['0.1', '16777216', '1e-45', '3.4028235e38'],
  },
  {
    sqlType: 'double precision',
    property: { type: ['number', 'null'] },
    values: ['0.1', '1e300', '5e-324', '41014923337138184'],
  },
  {
    sqlType: 'boolean',
    property: { type: ['boolean', 'null'] },
    rules: { trueWords: ['ja'], falseWords: ['nein'] },
    values: ['t', 'f'],
  },
  { sqlType: 'date', property: date, values: DAYS },
  {
    sqlType: 'date',
    property: date,
    rules: { datePatterns: ['M/d/yy'], twoDigitYearsFrom: 1990 },
    values: DAYS,
  },
  {
    sqlType: 'date',
    property: date,
    rules: { datePatterns: ['yyyy-dd-MM'] },
    values: [...DAYS, '2024-01-13'],
  },
  { sqlType: 'time', property: time, values: TIMES },
  { sqlType: 'time', property: time, rules: { datePatterns: ['h:mm a'] }, values: TIMES },
  {
    sqlType: 'timetz',
    property: time,
    values: ['12:30:00+05:30', '24:00:00-12', '12:00:00+00:53:28', '23:59:59.999999-15:59:59'],
  },
  {
    sqlType: 'timetz',
    property: time,
    rules: { datePatterns: ['HH:mm:ssXXX'] },
    values: ['12:30:00+05:30', '12:00:00-00:00:01', '24:00:00+00:53:28'],
  },
  { sqlType: 'timestamptz', property: instant, values: INSTANTS },
  { sqlType: 'timestamptz', property: instant, rules: newYork, values: INSTANTS },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { ...newYork, repeatedTime: 'second' },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { ...newYork, repeatedTime: 'first' },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { datePatterns: ['dd.MM.yyyy HH:mm XXX'] },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamp',
    property: instant,
    rules: { datePatterns: ['d MMM yyyy HH:mm'] },
    values: ['2024-11-03 01:30:00', '2024-11-03 01:30:17', '0044-03-15 12:00:00 BC', 'infinity'],
  },
  {
    sqlType: 'date[]',
    property: { type: ['array', 'null'] },
    values: ['{}', '{2024-02-29,infinity,NULL,"0044-03-15 BC"}'],
  },
  { sqlType: 'round_code', property: text, values: ['', 'a', 'A', ' '] },
  { sqlType: 'round_day', property: date, rules: { datePatterns: ['M/d/yyyy'] }, values: DAYS.slice(0, 4) },
  { sqlType: 'jsonb', property: { type: ['object', 'null'] }, values: ['{"a": [1.50, null]}', '{}'] },
  { sqlType: 'jsonb not null', property: { type: ['object', 'null'] }, values: ['{"a": 1}', 'null'] },
];
