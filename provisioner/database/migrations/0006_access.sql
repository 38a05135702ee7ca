-- Up Migration

-- Who may use the API, beside the installation's own token. Of a secret only the SHA-256 is kept: see access/token.ts.
CREATE TABLE tokens (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name text NOT NULL,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  scope text NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
  -- The ids of the tenants that it is limited to, which may be gone: ids are never given again. Null: all.
  tenants text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- Of a cookie only the SHA-256 is kept: see access/session-store.ts.
CREATE TABLE sessions (
  id text PRIMARY KEY,
  hash bytea NOT NULL UNIQUE,
  -- The cookie before the last rotation, for the requests that were under way.
  previous_hash bytea UNIQUE,
  -- Null: the installation's token, as it was then.
  token_id text REFERENCES tokens ON DELETE CASCADE,
  installation_token bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  rotated_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((token_id IS NULL) <> (installation_token IS NULL))
);
CREATE INDEX sessions_of_token ON sessions (token_id, created_at);
