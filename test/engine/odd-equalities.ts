/** Equality that is not that of the texts: collations, and an operator class of one's own. */
import { connectClient } from '../../src/store/connect.ts';
import type { Engine } from './harness.ts';

export async function createOddEqualities(engine: Engine): Promise<void> {
  const admin = await connectClient(engine.database.adminUrl, { applicationName: 'waybill-test' });
  await admin.query(`
    create extension citext;
    create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create collation no_accents (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
    -- Numbers that are one if they have the same remainder.
    create function mod_cmp(int, int) returns int language sql immutable strict as 'select $1 % 10 - $2 % 10';
    create function mod_eq(int, int) returns bool language sql immutable strict as 'select $1 % 10 = $2 % 10';
    create function mod_lt(int, int) returns bool language sql immutable strict as 'select $1 % 10 < $2 % 10';
    create function mod_gt(int, int) returns bool language sql immutable strict as 'select $1 % 10 > $2 % 10';
    create function mod_le(int, int) returns bool language sql immutable strict as 'select $1 % 10 <= $2 % 10';
    create function mod_ge(int, int) returns bool language sql immutable strict as 'select $1 % 10 >= $2 % 10';
    create operator %= (leftarg = int, rightarg = int, function = mod_eq, commutator = %=);
    create operator %< (leftarg = int, rightarg = int, function = mod_lt);
    create operator %> (leftarg = int, rightarg = int, function = mod_gt);
    create operator %<= (leftarg = int, rightarg = int, function = mod_le);
    create operator %>= (leftarg = int, rightarg = int, function = mod_ge);
    create operator class mod_ops for type int using btree as
      operator 1 %<, operator 2 %<=, operator 3 %=, operator 4 %>=, operator 5 %>, function 1 mod_cmp(int, int);
    grant all on schema public to public`);
  await admin.end();
}
