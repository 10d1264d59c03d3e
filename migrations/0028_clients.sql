-- OAuth 2.0 clients: who may get access tokens. Of a secret only its SHA-256 is kept: it has 190 bits, so nobody guesses it.
create table waybill.clients (
  id text primary key,
  name text not null,
  role text not null,
  -- What its tokens may be for; null: whatever its role may do.
  scopes text[],
  -- JWKs of the public keys that its assertions may be signed with (RFC 7523).
  public_keys jsonb not null default '[]',
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

create table waybill.client_secrets (
  client_id text not null references waybill.clients on delete cascade,
  sha256 bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Null: it was asked for to last until the client is revoked.
  ends_at timestamptz,
  -- About: written once a minute at most.
  last_used_at timestamptz,
  primary key (client_id, sha256)
);

-- What access tokens are signed with: one that signs, the one that signs next and is published before, and those whose tokens still live.
create table waybill.signing_keys (
  -- RFC 7638.
  kid text primary key,
  public_jwk jsonb not null,
  -- A JWK.
  private_key waybill.sealed not null,
  created_at timestamptz not null default clock_timestamp(),
  signs_from timestamptz not null
);

-- Tokens that were revoked one by one, until they would have ended anyway.
create table waybill.revoked_tokens (
  jti text primary key,
  client_id text not null,
  ends_at timestamptz not null
);
create index revoked_tokens_by_end on waybill.revoked_tokens (ends_at);

-- Signed assertions of clients that were shown: none is good twice.
create table waybill.used_assertions (
  client_id text not null references waybill.clients on delete cascade,
  jti text not null,
  ends_at timestamptz not null,
  primary key (client_id, jti)
);
create index used_assertions_by_end on waybill.used_assertions (ends_at);
