import type { Queryable } from '../database/pool.ts'
import { bounded } from './audit-entry.ts'
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts'

/** Adds an entry. In the transaction of what it tells of, so that both are there or neither. */
export async function appendEntry (db: Queryable, entry: NewAuditEntry): Promise<void> {
  const { actor, action, method, path, status, target, tenantId, address, requestId } = entry
  const [before, after] = [bounded(entry.before), bounded(entry.after)]
  await db.query(`
    INSERT INTO audit.entries (actor, token_id, actor_name, action, method, path, status, target_kind, target_id, target_name, tenant_id, address, request_id, before, after)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
  [actor.kind, actor.tokenId, actor.name, action, method, path, status, target?.kind ?? null, target?.id ?? null, target?.name ?? null, tenantId, address, requestId,
    before === null ? null : JSON.stringify(before), after === null ? null : JSON.stringify(after)])
}

export interface AuditFilter {
  /** The id or the name of a token, or a kind of actor. */
  actor?: string | undefined
  /** An action, or what it begins with before a dot: `tenant` for `tenant.create`. */
  action?: string | undefined
  /** The id or the slug of a tenant, also of one that is gone. */
  tenant?: string | undefined
  /** The id or the name of what was changed. */
  target?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** Entries before an id, newest first. */
export async function entriesBefore (db: Queryable, filter: AuditFilter, before: number | null, limit: number): Promise<AuditEntry[]> {
  return await select(db, filter, 'AND ($7::bigint IS NULL OR e.id < $7) ORDER BY e.id DESC', before, limit)
}

/** Entries after an id, oldest first. */
export async function entriesAfter (db: Queryable, filter: AuditFilter, after: number, limit: number): Promise<AuditEntry[]> {
  return await select(db, filter, 'AND e.id > $7 ORDER BY e.id', after, limit)
}

interface Row {
  id: number
  at: Date
  kind: AuditEntry['actor']['kind']
  tokenId: string | null
  actorName: string
  action: string
  method: string
  path: string
  status: number
  targetKind: string | null
  targetId: string | null
  targetName: string | null
  tenantId: string | null
  address: string
  requestId: string
  before: object | null
  after: object | null
}

async function select (db: Queryable, { actor, action, tenant, target, from, to }: AuditFilter, where: string, position: number | null, limit: number): Promise<AuditEntry[]> {
  const { rows } = await db.query<Row>(`
    SELECT e.id, e.at, e.actor AS kind, e.token_id AS "tokenId", e.actor_name AS "actorName", e.action, e.method, e.path, e.status, e.target_kind AS "targetKind",
      e.target_id AS "targetId", e.target_name AS "targetName", e.tenant_id AS "tenantId", e.address, e.request_id AS "requestId", e.before, e.after
    FROM audit.entries e
    WHERE ($1::text IS NULL OR e.token_id = $1 OR e.actor_name = $1 OR e.actor = $1)
      AND ($2::text IS NULL OR e.action = $2 OR starts_with(e.action, $2 || '.'))
      AND ($3::text IS NULL OR e.tenant_id = $3 OR e.tenant_id = (SELECT id FROM tenants WHERE slug = $3) OR (e.target_kind = 'tenant' AND $3 IN (e.target_id, e.target_name)))
      AND ($4::text IS NULL OR $4 IN (e.target_id, e.target_name))
      AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)
      ${where} LIMIT $8`, [actor ?? null, action ?? null, tenant ?? null, target ?? null, from ?? null, to ?? null, position, limit])
  return rows.map(({ kind, tokenId, actorName, targetKind, targetId, targetName, ...row }) => ({
    ...row,
    actor: { kind, tokenId, name: actorName },
    target: targetKind === null ? null : { kind: targetKind, id: targetId ?? '', name: targetName }
  }))
}
