/** A PostgreSQL type as `format_type` prints it, taken apart. */
export interface SqlType {
  /** Without arguments and brackets: `character varying`, `timestamp with time zone`, `public.mood`. */
  readonly base: string;
  /** `[10, 2]` of `numeric(10,2)`. */
  readonly args: readonly number[];
  readonly isArray: boolean;
}

/** Takes `timestamp(3) with time zone[]` apart into base, arguments and brackets. */
export function parseSqlType(sqlType: string): SqlType {
  const isArray = sqlType.endsWith('[]');
  const element = isArray ? sqlType.slice(0, sqlType.indexOf('[]')) : sqlType;
  const args = /\((-?\d+)(?:,(-?\d+))?\)/.exec(element);
  if (args === null) return { base: element, args: [], isArray };
  const base = element.slice(0, args.index) + element.slice(args.index + args[0].length);
  return {
    base,
    args: args
      .slice(1)
      .filter((arg) => arg !== undefined)
      .map(Number),
    isArray,
  };
}
