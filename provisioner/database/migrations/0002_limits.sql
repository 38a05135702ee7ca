-- Up Migration

-- What the gateway lets a tenant take, where that is not what the gateway's settings say: see gateway/limits.ts.
ALTER TABLE tenants ADD COLUMN limits jsonb NOT NULL DEFAULT '{}';
