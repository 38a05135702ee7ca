-- Up Migration

CREATE TABLE releases (
  version text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  image text NOT NULL,
  port integer NOT NULL,
  health_path text NOT NULL,
  migrate text[],
  env jsonb NOT NULL,
  resources jsonb NOT NULL,
  volume boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE database_servers (
  name text PRIMARY KEY,
  host text NOT NULL,
  port integer NOT NULL,
  tenant_host text NOT NULL
);

CREATE TABLE tenants (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- what is wanted
  wanted text NOT NULL DEFAULT 'running' CHECK (wanted IN ('running', 'suspended', 'deleted')),
  release text NOT NULL REFERENCES releases,
  release_pinned boolean NOT NULL,
  env jsonb NOT NULL,
  resources jsonb NOT NULL,
  restarts integer NOT NULL DEFAULT 0,
  database_server text NOT NULL REFERENCES database_servers,
  generation bigint NOT NULL DEFAULT 1,
  -- what was observed
  observed_generation bigint NOT NULL DEFAULT 0,
  conditions jsonb NOT NULL DEFAULT '[]',
  migrated text,
  failure jsonb,
  -- Failures in a row of its instances, for the back-off; one that comes long after the last counts as the first.
  crashes integer NOT NULL DEFAULT 0,
  crashed_at timestamptz,
  ready_at timestamptz
);

CREATE TABLE domains (
  host text PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
  is_primary boolean NOT NULL DEFAULT false,
  -- A removed domain stays until its route is withdrawn.
  removed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX domains_of_tenant ON domains (tenant_id, created_at);
CREATE UNIQUE INDEX one_primary_domain ON domains (tenant_id) WHERE is_primary;

CREATE TABLE instances (
  name text PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
  release text NOT NULL,
  spec_hash text NOT NULL,
  port integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  -- Set when the instance left the routes: it serves what it has until drain_until.
  drain_until timestamptz
);
CREATE INDEX instances_of_tenant ON instances (tenant_id);

-- Every address that was ever given out. The index is its place in the installation's pools.
CREATE TABLE addresses (
  index integer PRIMARY KEY,
  instance text UNIQUE REFERENCES instances ON DELETE SET NULL,
  tenant_id text NOT NULL,
  released_at timestamptz
);
CREATE INDEX released_addresses ON addresses (released_at) WHERE instance IS NULL;

CREATE FUNCTION release_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.instance IS NULL AND OLD.instance IS NOT NULL THEN
    NEW.released_at := now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER release_address BEFORE UPDATE ON addresses FOR EACH ROW EXECUTE FUNCTION release_address();

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  level text NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  reason text NOT NULL,
  message text NOT NULL,
  data jsonb
);
CREATE INDEX events_of_tenant ON events (tenant_id, id);

-- When to look at a tenant, and who does. See queue/lease-store.ts.
CREATE TABLE work (
  tenant_id text PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  requests bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  owner integer
);
CREATE INDEX due_work ON work (due_at);
CREATE SEQUENCE worker_numbers AS integer CYCLE;

-- What was in force when this installation last started: see tenants/settings-store.ts.
CREATE TABLE settings (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  fingerprint text NOT NULL,
  outcome jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION tenant_status(tenants) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN $1.wanted = 'deleted' THEN 'deleting'
    WHEN $1.failure IS NOT NULL AND $1.ready_at IS NULL THEN 'failed'
    WHEN $1.failure IS NOT NULL THEN 'degraded'
    WHEN $1.observed_generation < $1.generation THEN 'provisioning'
    WHEN $1.wanted = 'suspended' THEN 'suspended'
    WHEN NOT jsonb_path_exists($1.conditions, '$[*] ? (@.status != "True")') THEN 'ready'
    WHEN $1.ready_at IS NULL THEN 'provisioning'
    ELSE 'degraded'
  END
$$;
