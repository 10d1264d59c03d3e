/** Flights from airport to airport in 2008 (Bureau of Transportation Statistics): who gets where. */
import { readPublicTable } from '../public-files.ts';
import { addressOf, DAY_MS, FIRST_DAY } from './airports.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

/** In turn, so that every value of a parameter finds records. */
const DATA_SOURCES = ['SharePoint Online', 'Microsoft Teams', 'OneDrive', 'User Drive', 'Shared Drive'];
const LEVELS = ['summary', 'site', 'object'];
const LINK_TYPES = [32, 64, 128, 301, 303];

/** AvePoint: who has access to which site or drive, and by which group. */
export const PERMISSIONS: SandboxCollection = {
  name: 'permissions',
  definition: describe('Routes as permissions', 'id', {
    id: TYPES.integerKey,
    user: TYPES.text,
    group: TYPES.text,
    site: TYPES.text,
    data_source: TYPES.text,
    level: TYPES.text,
    flights: TYPES.integer,
  }),
  records: async () => {
    return (await readPublicTable('flights-airport.csv', { most: 400 })).map((route, index) => ({
      id: index + 1,
      user: addressOf(route['origin'] ?? ''),
      group: `to-${route['destination']}`,
      site: `https://example.com/${route['destination']}`,
      data_source: DATA_SOURCES[index % DATA_SOURCES.length],
      level: LEVELS[index % LEVELS.length],
      flights: Number(route['count']),
    }));
  },
};

/** AvePoint: what is shared, and with whom. */
export const LINKS: SandboxCollection = {
  name: 'links',
  definition: describe('Routes as sharing links', 'id', {
    id: TYPES.integerKey,
    link: TYPES.text,
    type: TYPES.integer,
    at: TYPES.time,
  }),
  records: async () => {
    const routes = await readPublicTable('flights-airport.csv', { every: 20, most: 200 });
    return routes.map(({ origin, destination }, index) => ({
      id: index + 1,
      link: `https://example.com/${origin}/${destination}`,
      type: LINK_TYPES[index % LINK_TYPES.length],
      at: new Date(FIRST_DAY + index * DAY_MS).toISOString(),
    }));
  },
};

/** SailPoint: objects of the type RULE. */
export const RULES: SandboxCollection = {
  name: 'rules',
  definition: describe('Routes as rules', 'id', {
    id: TYPES.textKey,
    name: TYPES.text,
    origin: TYPES.text,
    destination: TYPES.text,
    flights: TYPES.integer,
  }),
  records: async () => {
    const routes = await readPublicTable('flights-airport.csv', { every: 30, most: 150 });
    return routes.map(({ origin, destination, count }) => ({
      id: `${origin}-${destination}`,
      name: `From ${origin} to ${destination}`,
      origin,
      destination,
      flights: Number(count),
    }));
  },
};
