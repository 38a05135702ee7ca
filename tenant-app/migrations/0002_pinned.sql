-- Up Migration
-- Version 2 adds the column, version 3 uses it: so that an instance of the version before can serve while the next one starts.
ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE notes DROP COLUMN pinned;
