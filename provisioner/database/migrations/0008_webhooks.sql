-- Up Migration

CREATE TABLE webhooks (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  url text NOT NULL,
  -- Types, or the beginnings of types before '*': see webhook_wants.
  events text[] NOT NULL,
  -- Null: of all tenants, and of releases and rollouts.
  tenants text[],
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  disabled_reason text,
  -- Since its last success: failed attempts, and when the first of them was.
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_delivery_at timestamptz
);

-- What is to be told to a webhook, or was. See webhooks/delivery-store.ts.
CREATE TABLE webhook_deliveries (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  webhook_id text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  type text NOT NULL,
  body text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  -- As in `work`: the number of the worker that is at it, or null.
  owner integer,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Of the last attempt.
  attempted_at timestamptz,
  duration_ms integer,
  status integer,
  answer text,
  error text
);
CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook_id, position);
CREATE INDEX due_deliveries ON webhook_deliveries (webhook_id, due_at) WHERE state = 'pending';

-- Whether one of these patterns means a type: "*", the type, "tenant.*", or the part behind the dot.
CREATE FUNCTION webhook_wants(patterns text[], type text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT FROM unnest(patterns) AS pattern
    WHERE pattern IN ('*', type, split_part(type, '.', 2)) OR (pattern LIKE '%*' AND starts_with(type, left(pattern, -1))))
$$;

CREATE FUNCTION webhook_delivery_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT 'dl_' || replace(gen_random_uuid()::text, '-', '')
$$;

-- Hands something that happened to every webhook that wants to know, in the transaction in which it happens: so it is told of if and only if it happened.
CREATE FUNCTION tell_webhooks(told_type text, told_tenant text, data jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_deliveries (id, webhook_id, type, body)
    SELECT webhook_delivery_id(), w.id, told_type,
           jsonb_build_object('type', told_type, 'timestamp', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', data)::text
    FROM webhooks w
    WHERE w.state = 'active' AND webhook_wants(w.events, told_type) AND (w.tenants IS NULL OR told_tenant = ANY (w.tenants));
  IF FOUND THEN
    PERFORM pg_notify('berth_webhooks', '');
  END IF;
END $$;

-- The last lines of a container stay here: they may hold what nobody outside should read.
CREATE FUNCTION tell_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks('tenant.' || NEW.reason, t.id, jsonb_build_object(
    'tenant', jsonb_build_object('id', t.id, 'slug', t.slug, 'name', t.name, 'status', tenant_status(t)),
    'event', jsonb_build_object('id', NEW.id, 'level', NEW.level, 'reason', NEW.reason, 'message', NEW.message, 'data', NEW.data - 'output')))
    FROM tenants t WHERE t.id = NEW.tenant_id;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION tell_of_event();

CREATE FUNCTION tell_of_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tenant_status(OLD) <> tenant_status(NEW) THEN
    PERFORM tell_webhooks('tenant.StatusChanged', NEW.id, jsonb_build_object(
      'tenant', jsonb_build_object('id', NEW.id, 'slug', NEW.slug, 'name', NEW.name, 'status', tenant_status(NEW)), 'before', tenant_status(OLD)));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_status AFTER UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION tell_of_status();

CREATE FUNCTION tell_of_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks('tenant.Deleted', OLD.id, jsonb_build_object('tenant', jsonb_build_object('id', OLD.id, 'slug', OLD.slug, 'name', OLD.name)));
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_end AFTER DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION tell_of_end();

CREATE FUNCTION tell_of_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks('release.' || CASE NEW.state WHEN 'usable' THEN 'Usable' WHEN 'rejected' THEN 'Rejected' ELSE 'Verifying' END, NULL, jsonb_build_object(
    'release', jsonb_build_object('version', NEW.version, 'state', NEW.state, 'reason', NEW.reason, 'message', NEW.message)));
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_new_release AFTER INSERT ON releases FOR EACH ROW EXECUTE FUNCTION tell_of_release();
CREATE TRIGGER tell_of_release AFTER UPDATE OF state ON releases FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_of_release();

CREATE FUNCTION tell_of_rollout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks('rollout.' || CASE NEW.state WHEN 'rolling-back' THEN 'RollingBack' WHEN 'rolled-back' THEN 'RolledBack' ELSE initcap(NEW.state) END, NULL, jsonb_build_object(
    'rollout', jsonb_build_object('id', NEW.id, 'release', NEW.release, 'state', NEW.state, 'reason', NEW.reason)));
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_new_rollout AFTER INSERT ON rollouts FOR EACH ROW EXECUTE FUNCTION tell_of_rollout();
CREATE TRIGGER tell_of_rollout AFTER UPDATE OF state ON rollouts FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_of_rollout();
