import { CliError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { withoutEmpty } from './tenant-input.ts'

export interface RolloutOptions {
  tenants?: string[]
  slugPrefix?: string
  search?: string
  from?: string
  canary?: string
  waves?: number
  concurrency?: number
  maxFailures?: number
  onFailure?: string
  strategy?: string
}

/** The body that begins a rollout. Tenants are named one by one, or by what holds of them; all when neither is said. Throws CliError. */
export function newRollout (release: string, { tenants, slugPrefix, search, from, canary, waves, concurrency, maxFailures, onFailure, strategy }: RolloutOptions): object {
  const filter = withoutEmpty({ slug: slugPrefix, q: search, release: from })
  const filtered = Object.keys(filter).length > 0
  if (tenants !== undefined && filtered) throw new CliError(EXIT.usage, '--tenants names them one by one; --slug-prefix, --search and --from say what holds of them. Use one or the other.')
  return withoutEmpty({
    release, tenants: tenants ?? (filtered ? filter : undefined), canary: canary === undefined ? undefined : readCanary(canary), waves, concurrency, maxFailures, onFailure, strategy
  })
}

function readCanary (text: string): number | string {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  if (/^(?:[1-9]\d?|100)%$/.test(text)) return text
  throw new CliError(EXIT.usage, '--canary is a number of tenants, or a part of them such as 10%.')
}
