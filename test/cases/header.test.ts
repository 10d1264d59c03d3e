/** Cases on where a header is, and which column is which field. */
import { caseToDo } from './case.ts';

caseToDo('01-sep-line');

caseToDo('02-preamble');

caseToDo('04-trailing-delimiter');

caseToDo('06-duplicate-headers');

caseToDo('07-year-headers');

caseToDo('08-repeated-header');

caseToDo('12-encodings');

caseToDo('33-normal-forms');

caseToDo('42-ignored-columns');
