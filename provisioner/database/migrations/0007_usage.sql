-- Up Migration

-- What tenants used, as sums that can be added up: see usage/usage-store.ts. Rows outlive their tenant, for bills, and are pruned by age.
-- Without a count there was none; the averages of memory and database are *_byte_seconds over *_seconds, unknown where those are 0.
CREATE TABLE usage_minutes (
  tenant_id text NOT NULL,
  at timestamptz NOT NULL,
  requests bigint NOT NULL DEFAULT 0,
  errors bigint NOT NULL DEFAULT 0,
  bytes_in bigint NOT NULL DEFAULT 0,
  bytes_out bigint NOT NULL DEFAULT 0,
  -- By bucket: see gateway/usage-record.ts. Zeros at the end are left out.
  latency bigint[] NOT NULL DEFAULT '{}',
  cpu_us bigint NOT NULL DEFAULT 0,
  memory_byte_seconds numeric NOT NULL DEFAULT 0,
  memory_seconds bigint NOT NULL DEFAULT 0,
  database_byte_seconds numeric NOT NULL DEFAULT 0,
  database_seconds bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, at)
);
CREATE INDEX usage_minutes_at ON usage_minutes (at);

CREATE TABLE usage_hours (LIKE usage_minutes INCLUDING ALL);

-- Whose rows those are, for as long as there are any.
CREATE TABLE usage_tenants (
  tenant_id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  slug text NOT NULL,
  name text NOT NULL
);
INSERT INTO usage_tenants (tenant_id, slug, name) SELECT id, slug, name FROM tenants ORDER BY position;

CREATE FUNCTION remember_usage_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_tenants (tenant_id, slug, name) VALUES (NEW.id, NEW.slug, NEW.name)
    ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name;
  RETURN NULL;
END $$;
CREATE TRIGGER remember_usage_tenant AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION remember_usage_tenant();
CREATE TRIGGER remember_usage_name AFTER UPDATE OF name ON tenants FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION remember_usage_tenant();

-- Each gateway process, and the number of its last record that was taken.
CREATE TABLE usage_sources (
  process uuid PRIMARY KEY,
  sequence bigint NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);

-- What the CPU clock of each container showed, and when.
CREATE TABLE usage_containers (
  container text PRIMARY KEY,
  cpu_us bigint NOT NULL,
  minute timestamptz NOT NULL
);

-- One row each: the minute that was last sampled, the totals of the database server.
CREATE TABLE usage_state (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);

CREATE FUNCTION add_counts(bigint[], bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN $1 = '{}' THEN $2 WHEN $2 = '{}' THEN $1 ELSE
    (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY n) FROM unnest($1, $2) WITH ORDINALITY AS both_sides (a, b, n)) END
$$;
CREATE AGGREGATE sum_counts(bigint[]) (SFUNC = add_counts, STYPE = bigint[], INITCOND = '{}');
