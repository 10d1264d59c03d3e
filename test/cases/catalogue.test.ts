/** Cases on what the catalogue of the database says: identity, generated columns, keys, references, sizes. */
import { caseToDo } from './case.ts';

caseToDo('20-sequence');

caseToDo('21-generated');

caseToDo('24-deferrable');

caseToDo('26-size-limits');

caseToDo('32-self-fk');
