import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Ask } from './tenant-sessions.ts'

/** A digest of everything in a database, and how many rows its own tables have. */
export interface Content { digest: string, rows: number }

/**
 * Digests every system catalogue of the database and every row of its own. Two digests of the same database are the same when, and only when, nothing was
 * changed in between that a dump would show: what PostgreSQL changes by itself (statistics, ages of rows) is left out, and object
 * ids, which a dump does not have, are in. So it says "changed" too often rather than too seldom, and compares a database only with itself.
 */
export async function contentOf (ask: Ask): Promise<Content> {
  const digest = createHash('sha256')
  let total = 0
  for (const { relation, columns, own } of await ask<Relation>(RELATIONS)) {
    const [found] = await ask<{ hash: string, rows: number }>(`
      SELECT md5(coalesce(string_agg(hash, '' ORDER BY hash), '')) AS hash, count(*)::float8 AS rows
      FROM (SELECT md5(ROW(${columns.map(column => pg.escapeIdentifier(column)).join(', ')})::text) AS hash FROM ONLY ${relation}) hashes`)
    digest.update(`${relation}\0${found?.hash ?? ''}\0`)
    if (own) total += found?.rows ?? 0
  }
  return { digest: digest.digest('hex'), rows: total }
}

interface Relation { relation: string, columns: string[], own: boolean }

// format() quotes the names. log_cnt of a sequence changes with a checkpoint.
const RELATIONS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS relation, n.nspname <> 'pg_catalog' AND c.relkind <> 'S' AS own,
    ARRAY(
      SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT (c.relkind = 'S' AND a.attname = 'log_cnt')
        AND NOT (n.nspname = 'pg_catalog' AND c.relname = 'pg_class' AND a.attname IN ('relpages', 'reltuples', 'relallvisible', 'relfrozenxid', 'relminmxid'))
        AND NOT (n.nspname = 'pg_catalog' AND c.relname = 'pg_index' AND a.attname = 'indcheckxmin')
      ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm', 'S') AND NOT c.relisshared AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT IN ('pg_toast', 'information_schema')
    AND NOT (n.nspname = 'pg_catalog' AND c.relname IN ('pg_statistic', 'pg_statistic_ext_data'))
  ORDER BY 1`
