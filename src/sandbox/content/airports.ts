/** Airports of the United States (data.gov). Their addresses and times are made up. */
import { readPublicTable } from '../public-files.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

export const DAY_MS = 24 * 3_600_000;
/** Of the times that are made up. */
export const FIRST_DAY = Date.UTC(2026, 0, 1);

export const CONTACTS: SandboxCollection = {
  name: 'contacts',
  definition: describe('Airports as contacts', 'id', {
    id: TYPES.integerKey,
    name: TYPES.text,
    email: TYPES.text,
    city: TYPES.text,
    state: TYPES.text,
    registered_at: TYPES.time,
    changed_at: TYPES.time,
    origin: TYPES.text,
    origin_id: TYPES.integer,
  }),
  records: async () => {
    const airports = await readPublicTable('airports.csv', { every: 7, most: 500 });
    return airports.map(({ iata = '', name, city, state }, index) => ({
      id: index + 1,
      name,
      email: addressOf(iata),
      city,
      state,
      registered_at: new Date(FIRST_DAY + (index % 180) * DAY_MS).toISOString(),
      changed_at: new Date(FIRST_DAY + (180 + (index % 120)) * DAY_MS).toISOString(),
      origin: index % 3 === 0 ? 'form' : 'api',
      origin_id: index % 3 === 0 ? 1 + (index % 5) : 0,
    }));
  },
};

export const SOURCES: SandboxCollection = {
  name: 'sources',
  definition: describe('Airports as sources', 'id', {
    id: TYPES.textKey,
    name: TYPES.text,
    connector: TYPES.text,
    city: TYPES.text,
    state: TYPES.text,
    latitude: TYPES.number,
    longitude: TYPES.number,
  }),
  records: async () => {
    const airports = await readPublicTable('airports.csv', { every: 25, most: 130 });
    return airports.map(({ iata, name, city, state, latitude, longitude }) => ({
      id: iata,
      name,
      connector: 'delimited-file',
      city,
      state,
      latitude: Number(latitude),
      longitude: Number(longitude),
    }));
  },
};

/** An address that leads nowhere (RFC 2606). */
export function addressOf(name: string): string {
  const local = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${local}@example.com`;
}
