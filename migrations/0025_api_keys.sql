-- What a client shows instead of the server's own token. Of the secret only its SHA-256 is kept: it has 190 bits, so nobody guesses it.
create table waybill.api_keys (
  id text primary key,
  secret_sha256 bytea not null unique,
  name text not null,
  role text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Null: it was asked for to last until it is revoked.
  expires_at timestamptz,
  -- About: written once a minute at most.
  last_used_at timestamptz,
  revoked_at timestamptz
);
