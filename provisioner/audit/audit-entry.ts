export const ACTOR_KINDS = ['token', 'session', 'installation', 'system', 'anonymous'] as const
export type ActorKind = typeof ACTOR_KINDS[number]

/** What was changed, or was to be: what it is, its id as far as it is known, and its name. */
export interface AuditTarget { kind: string, id: string, name: string | null }

/** Who asked for what, from where, and what came of it. */
export interface NewAuditEntry {
  actor: { kind: ActorKind, tokenId: string | null, name: string }
  action: string
  method: string
  path: string
  /** Of the answer: 202 where what is wanted was changed, and comes about later. */
  status: number
  target: AuditTarget | null
  tenantId: string | null
  address: string
  requestId: string
  before: object | null
  after: object | null
}

export interface AuditEntry extends NewAuditEntry { id: number, at: Date }

/** What stands for a secret. */
export const MASK = '••••••'
const MAX_BYTES = 64 * 1024

type Fields = Record<string, unknown>

/** The same with the values of its environment masked; names of variables are no secrets. */
export function masked<T extends object> (value: T): Fields {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === 'env' ? maskedEnv(inner as object) : inner]))
}

/**
 * What differs between two states of a thing, masked: the members that do, and of `env` the variables that do. A variable whose value
 * changed is in both.
 */
export function difference (before: object, after: object): { before: Fields, after: Fields } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => !same(member(before, name), member(after, name)))
  const [was, is]: [Fields, Fields] = [{}, {}]
  for (const name of names) {
    const [old, now] = [member(before, name), member(after, name)]
    if (name !== 'env') {
      was[name] = old
      is[name] = now
      continue
    }
    const inner = changed(old as object ?? {}, now as object ?? {})
    was.env = maskedEnv(inner.before)
    is.env = maskedEnv(inner.after)
  }
  return { before: was, after: is }
}

/** What is kept of a state; one that is very long is only said to be. */
export function bounded (state: object | null): object | null {
  const bytes = state === null ? 0 : Buffer.byteLength(JSON.stringify(state))
  return bytes > MAX_BYTES ? { truncated: true, bytes } : state
}

function changed (before: object, after: object): { before: object, after: object } {
  const only = (from: object, other: object): object => Object.fromEntries(Object.entries(from).filter(([name, value]) => !same(value, member(other, name))))
  return { before: only(before, after), after: only(after, before) }
}

function maskedEnv (env: object): Fields {
  return Object.fromEntries(Object.keys(env).map(name => [name, MASK]))
}

function member (of: object, name: string): unknown {
  return Object.hasOwn(of, name) ? (of as Fields)[name] : undefined
}

function same (a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
