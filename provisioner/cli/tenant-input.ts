export interface ChangeOptions {
  name?: string
  env?: Record<string, string>
  envFile?: Record<string, string>
  unsetEnv?: string[]
  memory?: number | null
  cpus?: number | null
  pids?: number | null
  limit?: Record<string, number | null>
}

export interface CreateOptions {
  name?: string
  domain?: string[]
  release?: string
  env?: Record<string, string>
  envFile?: Record<string, string>
  limit?: Record<string, number | null>
}

/** The body that creates a tenant. */
export function newTenant (slug: string, { name, domain, release, env, envFile, limit }: CreateOptions): object {
  return withoutEmpty({ slug, name, domains: domain, release, env: { ...envFile, ...env }, limits: limit })
}

/** The merge patch that changes one; null when the options change nothing. */
export function tenantPatch ({ name, env, envFile, unsetEnv = [], memory, cpus, pids, limit }: ChangeOptions): object | null {
  const patch = withoutEmpty({
    name,
    env: { ...envFile, ...env, ...Object.fromEntries(unsetEnv.map(variable => [variable, null])) },
    resources: withoutEmpty({ memoryBytes: memory, cpus, pids }),
    limits: limit
  })
  return Object.keys(patch).length === 0 ? null : patch
}

/** Without what is undefined, and objects that have nothing. Null stays: it takes away. */
export function withoutEmpty (body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined && !(isPlain(value) && Object.keys(value).length === 0)))
}

function isPlain (value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
