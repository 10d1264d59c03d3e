/** Birds that aircraft have struck (FAA): what happened, where, when and to whom. */
import { readPublicTable } from '../public-files.ts';
import { addressOf } from './airports.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

const HOUR: Readonly<Record<string, string>> = { Dawn: '06', Day: '13', Dusk: '19', Night: '23' };

/** AvePoint: who did what to which object, and when. */
export const ACTIVITIES: SandboxCollection = {
  name: 'activities',
  definition: describe('Bird strikes as activities', 'id', {
    id: TYPES.integerKey,
    user: TYPES.text,
    object: TYPES.text,
    event: TYPES.text,
    species: TYPES.text,
    at: TYPES.time,
  }),
  records: async () => {
    return (await readPublicTable('birdstrikes.csv', { every: 20, most: 500 })).map((strike, index) => ({
      id: index + 1,
      user: addressOf(strike['Aircraft Airline Operator'] ?? ''),
      object: `https://example.com/${strike['Airport Name']}`,
      event: strike['Phase of flight'],
      species: strike['Wildlife Species'],
      at: timeOf(strike),
    }));
  },
};

/** Emarsys: what a contact did with an email. */
export const RESPONSES: SandboxCollection = {
  name: 'responses',
  definition: describe('Bird strikes as responses', 'id', {
    id: TYPES.integerKey,
    contact: TYPES.integer,
    email: TYPES.text,
    campaign: TYPES.integer,
    campaign_title: TYPES.text,
    link: TYPES.text,
    damage: TYPES.text,
    at: TYPES.time,
  }),
  records: async () => {
    return (await readPublicTable('birdstrikes.csv', { every: 25, most: 400 })).map((strike, index) => ({
      id: index + 1,
      contact: 1 + (index % 480),
      email: addressOf(strike['Airport Name'] ?? ''),
      campaign: 1 + (index % 4),
      campaign_title: strike['Wildlife Species'],
      link: strike['Phase of flight'],
      damage: strike['Effect Amount of damage'],
      at: timeOf(strike),
    }));
  },
};

function timeOf(strike: Readonly<Record<string, string>>): string {
  return `${strike['Flight Date']}T${HOUR[strike['Time of day'] ?? ''] ?? '12'}:00:00Z`;
}
