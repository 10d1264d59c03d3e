/** Cases on values: numbers, dates, types there and back, blanks. */
import { caseToDo } from './case.ts';

caseToDo('14-jsonl');

caseToDo('15-numbers');

caseToDo('16-dates');

caseToDo('25-precision');

caseToDo('27-round-trip-types');

caseToDo('28-unchanged');

caseToDo('30-zero-rows');

caseToDo('34-formula-guard');

caseToDo('35-blank-cells');
