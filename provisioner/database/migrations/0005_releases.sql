-- Up Migration

-- A release is proven before a tenant sees it: see releases/prove-release.ts. What was there before that counts as proven.
ALTER TABLE releases
  ADD COLUMN id text UNIQUE,
  ADD COLUMN state text NOT NULL DEFAULT 'usable' CHECK (state IN ('verifying', 'usable', 'rejected')),
  ADD COLUMN reason text NOT NULL DEFAULT 'Registered',
  ADD COLUMN message text NOT NULL DEFAULT 'Registered before releases were proven.',
  ADD COLUMN since timestamptz NOT NULL DEFAULT now(),
  -- What instances are made of: the image by digest, or by its id on the engine. Null: as it was named.
  ADD COLUMN pinned text,
  -- Whether there is a template of its database.
  ADD COLUMN template boolean NOT NULL DEFAULT false,
  -- The release whose template its own was made from, and whether its migrate changed anything of that.
  ADD COLUMN migrates_from text,
  ADD COLUMN migrates boolean,
  -- The releases whose migrations its template has; not those that were found to change nothing.
  ADD COLUMN contains text[] NOT NULL DEFAULT '{}',
  -- A database with the migrations of all these was found to need none of its own. Null: nothing is known.
  ADD COLUMN covered_by text[];

UPDATE releases SET id = 'rl_' || substr(md5(version || random()::text), 1, 12);
ALTER TABLE releases ALTER COLUMN id SET NOT NULL, ALTER COLUMN state SET DEFAULT 'verifying';

CREATE TABLE release_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  release_id text NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  level text NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  reason text NOT NULL,
  message text NOT NULL,
  data jsonb
);
CREATE INDEX events_of_release ON release_events (release_id, id);

-- When to go on with the proof of a release, and who does: as in `work`, see releases/proof-queue.ts.
CREATE TABLE proofs (
  release_id text PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  requests bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  owner integer
);
CREATE INDEX due_proofs ON proofs (due_at);
