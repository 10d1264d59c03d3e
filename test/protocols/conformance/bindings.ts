/** A binding for each protocol, and the form of its paths. A protocol without a line here fails the suite. */
import { BINDING as AVEPOINT } from '../avepoint/fixture.ts';
import { BINDING as EMARSYS } from '../emarsys/fixture.ts';
import { BINDING as SAILPOINT } from '../sailpoint/fixture.ts';
import { TINY_BINDING } from './tiny-protocol.ts';

const ARTICLES = { collection: 'articles' };

export const BINDINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  avepoint: AVEPOINT,
  emarsys: EMARSYS,
  'egain-export': { portals: { 'PROD-1000': { articles: ARTICLES } } },
  'egain-import': { articles: { ...ARTICLES, fields: { name: 'name' } } },
  sailpoint: SAILPOINT,
  tiny: TINY_BINDING,
};
