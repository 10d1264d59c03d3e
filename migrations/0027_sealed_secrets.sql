-- A secret, sealed with a key that the database does not have: v1.keyId.nonce.ciphertext.tag. Whatever column is of this type is sealed
-- anew by a rotation, so its table is small and has a primary key of one column, which the seal is bound to.
create domain waybill.sealed as text
  check (value ~ '^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$');

-- The keys that have sealed something, each with a text that it opens: a lost or changed key is known at the start, not at use.
create table waybill.sealing_keys (
  id text primary key,
  canary text not null,
  created_at timestamptz not null default clock_timestamp()
);
