/** Postal codes of the United States (GeoNames), each of which stands for a town. */
import { readPublicTable } from '../public-files.ts';
import { describe, type SandboxCollection, TYPES } from './collection.ts';

/** SailPoint: objects of the type TRANSFORM. */
export const TRANSFORMS: SandboxCollection = {
  name: 'transforms',
  definition: describe('Postal codes as transforms', 'id', {
    id: TYPES.textKey,
    name: TYPES.text,
    input: TYPES.text,
    output: TYPES.text,
  }),
  records: async () => {
    const codes = await readPublicTable('zipcodes.csv', { every: 210, most: 200 });
    return codes.map(({ zip_code, city, state }) => ({
      id: `zip-${zip_code}`,
      name: `Town of ${zip_code}`,
      input: zip_code,
      output: `${city}, ${state}`,
    }));
  },
};
