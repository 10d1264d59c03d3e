import { parseArgs } from 'node:util';
import { type SabotageName, TRICKS } from './sabotage.ts';

export interface TortureOptions {
  readonly minutes: number;
  /** Default: a random one, which is told. */
  readonly seed: number;
  readonly lanes: number;
  /** Of the largest file. */
  readonly records: number;
  /** Nothing is attacked. */
  readonly calm: boolean;
  readonly sabotage?: SabotageName;
  /** The file for the figures. */
  readonly out?: string;
}

/** @throws Error when the command line cannot be understood */
export function parseOptions(args: readonly string[]): TortureOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      lanes: { type: 'string', default: '4' },
      records: { type: 'string', default: '20000' },
      calm: { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { sabotage, out, calm } = values;
  if (sabotage !== undefined && !Object.hasOwn(TRICKS, sabotage)) {
    throw new Error(`--sabotage expects one of ${Object.keys(TRICKS).join(', ')}, not ${sabotage}.`);
  }
  const number = (name: 'minutes' | 'seed' | 'lanes' | 'records', least: number) => {
    const value = Number(values[name]);
    if (!(value >= least)) throw new Error(`--${name} expects a number from ${least}, not ${values[name]}.`);
    return value;
  };
  return {
    minutes: number('minutes', 0.1),
    seed: number('seed', 0),
    lanes: number('lanes', 1),
    records: number('records', 200),
    calm,
    ...(sabotage !== undefined && { sabotage: sabotage as SabotageName }),
    ...(out !== undefined && { out }),
  };
}
