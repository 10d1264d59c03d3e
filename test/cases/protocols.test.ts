/** Cases on jobs and wire protocols. */
import { caseToDo } from './case.ts';

caseToDo('36-job-api');

caseToDo('40-sailpoint');

caseToDo('41-emarsys');
