/** Flights from airport to airport in 2008 (Bureau of Transportation Statistics): who gets where. */
import { readPublicTable } from '../public-files.ts';
import { addressOf } from './airports.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

/** AvePoint: who has access to which site. */
export const PERMISSIONS: SandboxCollection = {
  name: 'permissions',
  definition: describe('Routes as permissions', 'id', {
    id: TYPES.integerKey,
    user: TYPES.text,
    site: TYPES.text,
    data_source: TYPES.text,
    level: TYPES.text,
    flights: TYPES.integer,
  }),
  records: async () => {
    return (await readPublicTable('flights-airport.csv', { most: 400 })).map((route, index) => ({
      id: index + 1,
      user: addressOf(route['origin'] ?? ''),
      site: `https://example.com/${route['destination']}`,
      data_source: Number(route['count']) < 500 ? 'Microsoft Teams' : 'SharePoint Online',
      level: 'site',
      flights: Number(route['count']),
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
