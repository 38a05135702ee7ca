import { Problem } from '../errors.ts'
import type { InvalidParam } from '../errors.ts'
import { RESERVED_ENV, unknownTemplates } from '../resources/container-spec.ts'
import type { Env } from '../tenants/tenant.ts'
import { MAX_ENV_VARIABLES } from './schemas.ts'

/** Linux passes a program about this much of environment beside its arguments without trouble. */
const MAX_ENV_BYTES = 128 * 1024

/** What the schema of an environment cannot say: reserved names, templates that stand for nothing, and the size of the whole. */
export function invalidEnv (env: Env, pointer = '/env'): InvalidParam[] {
  const entries = Object.entries(env)
  const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2, 0)
  const invalid = entries.flatMap(([name, value]) => {
    const at = `${pointer}/${name}`
    const unknown = unknownTemplates(value).map(template => ({ pointer: at, detail: `uses {{${template}}}, which stands for nothing` }))
    return RESERVED_ENV.includes(name) ? [{ pointer: at, detail: 'is set by Berth; choose another name' }, ...unknown] : unknown
  })
  if (entries.length > MAX_ENV_VARIABLES) invalid.push({ pointer, detail: `has more than ${MAX_ENV_VARIABLES} variables` })
  if (bytes > MAX_ENV_BYTES) invalid.push({ pointer, detail: `has more than ${MAX_ENV_BYTES} bytes in all` })
  return invalid
}

/** Throws validation_failed. */
export function requireValidEnv (env: Env): void {
  const wrong = invalidEnv(env)
  if (wrong.length === 0) return
  throw new Problem('validation_failed', `The environment is not usable: ${wrong.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}.`, { invalidParams: wrong })
}
