-- Up Migration

-- Null: stop-first when there is a volume, else start-first. See tenants/strategy.ts.
ALTER TABLE releases ADD COLUMN strategy text CHECK (strategy IN ('start-first', 'stop-first'));

ALTER TABLE tenants
  -- Of the last deploy, where it said one.
  ADD COLUMN strategy text CHECK (strategy IN ('start-first', 'stop-first')),
  -- Releases whose migrations the database has had, beside `migrated`: back to one of them nothing is run.
  ADD COLUMN migrated_before text[] NOT NULL DEFAULT '{}';

ALTER TABLE instances
  -- What is needed, beside its release, to make its container again: see resources/instance-recipe.ts. No secrets.
  ADD COLUMN recipe jsonb,
  -- When it first answered its health path. One that never did is nobody's to go back to.
  ADD COLUMN healthy_at timestamptz,
  -- Set while it stands aside for another that must not run beside it, and may be started again.
  ADD COLUMN aside_since timestamptz;
UPDATE instances SET healthy_at = started_at;

-- The releases that a tenant was healthy with, in order: where a rollback goes.
CREATE TABLE healthy_releases (
  tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
  position bigint GENERATED ALWAYS AS IDENTITY,
  release text NOT NULL REFERENCES releases,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, position)
);
INSERT INTO healthy_releases (tenant_id, release)
  SELECT id, release FROM tenants WHERE observed_generation = generation AND tenant_status(tenants) IN ('ready', 'suspended') AND ready_at IS NOT NULL;

-- The move of many tenants to a release. See rollouts/advance-rollout.ts.
CREATE TABLE rollouts (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  release text NOT NULL REFERENCES releases,
  strategy text CHECK (strategy IN ('start-first', 'stop-first')),
  -- Tenants, canary and waves, as they were asked for.
  asked jsonb NOT NULL,
  concurrency integer NOT NULL,
  max_failures integer NOT NULL,
  on_failure text NOT NULL CHECK (on_failure IN ('pause', 'rollback')),
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'aborting', 'rolling-back', 'done', 'aborted', 'rolled-back')),
  -- Why it is in this state, in a sentence.
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE INDEX rollouts_under_way ON rollouts (position) WHERE ended_at IS NULL;

CREATE TABLE rollout_tenants (
  rollout_id text NOT NULL REFERENCES rollouts ON DELETE CASCADE,
  tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
  position bigint NOT NULL,
  wave integer NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'moving', 'moved', 'unchanged', 'failed', 'skipped', 'returning', 'returned', 'stuck')),
  -- Where its move began, which is where it goes back to, and where it leads.
  from_release text NOT NULL,
  from_strategy text,
  to_release text,
  -- The generation that its move, or its return, is.
  generation bigint,
  attempts integer NOT NULL DEFAULT 0,
  message text NOT NULL DEFAULT '',
  began_at timestamptz,
  ended_at timestamptz,
  -- Until its rollout ends.
  open boolean NOT NULL DEFAULT true,
  PRIMARY KEY (rollout_id, tenant_id)
);
CREATE UNIQUE INDEX one_rollout_a_tenant ON rollout_tenants (tenant_id) WHERE open;
CREATE INDEX tenants_of_rollout ON rollout_tenants (rollout_id, position);
CREATE INDEX states_of_rollout ON rollout_tenants (rollout_id, state, wave);
