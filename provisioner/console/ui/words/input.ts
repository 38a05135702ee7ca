/** What the API takes as a slug: see tenants/names.ts. */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
/** Not how the API reads a hostname, which takes Unicode too; enough to see what cannot be one. */
const HOST = /^(?=.{1,253}\.?$)(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.)+[\p{L}\p{N}-]{2,63}\.?$/u
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const BERTHS_OWN = ['PORT', 'DATABASE_URL', 'TENANT_ID']

/** What is wrong with a slug, or null. */
export function slugError (slug: string): string | null {
  if (slug === '') return 'A slug is needed.'
  if (SLUG.test(slug)) return null
  if (slug.length > 40) return 'At most 40 characters.'
  if (/[A-Z]/.test(slug)) return 'Small letters only.'
  if (slug.startsWith('-') || slug.endsWith('-')) return 'It begins and ends with a letter or a digit.'
  return 'Only a–z, 0–9 and hyphens.'
}

/** A slug like a name, to begin with. */
export function slugLike (name: string): string {
  return name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/ß/g, 'ss').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-+|-+$/g, '')
}

/** What is wrong with a name, or null. */
export function nameError (name: string): string | null {
  if (name.length > 100) return 'At most 100 characters.'
  return name !== '' && name.trim() === '' ? 'More than spaces.' : null
}

/** Hosts in a text, by spaces, commas and lines. */
export function hostsIn (text: string): string[] {
  return text.split(/[\s,]+/).filter(host => host !== '')
}

export function hostError (host: string): string | null {
  if (host.includes('://') || host.includes('/')) return `Only the name of the host, without http:// and path: "${host}".`
  if (host.includes(':')) return `Without a port: "${host}".`
  return HOST.test(host) ? null : `"${host}" is no hostname.`
}

export function hostsError (text: string): string | null {
  return hostsIn(text).map(hostError).find(error => error !== null) ?? null
}

export interface EnvInput { env: Record<string, string>, error: string | null }

/** Lines of NAME=value. Empty lines and those that begin with # are passed over. */
export function envIn (text: string): EnvInput {
  const env = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, equals).trim()
    if (equals === -1) return { env: {}, error: `Line ${index + 1} is not NAME=value.` }
    const error = envNameError(name)
    if (error !== null) return { env: {}, error: `Line ${index + 1}: ${error}` }
    env.set(name, line.slice(equals + 1))
  }
  return { env: Object.fromEntries(env), error: null }
}

export function envNameError (name: string): string | null {
  if (BERTHS_OWN.includes(name)) return `${name} is set by Berth.`
  return ENV_NAME.test(name) ? null : 'A name has letters, digits and underscores, and begins with no digit.'
}

/** A whole number of at least `min`; null for nothing, NaN for what is none. */
export function wholeNumber (text: string, min = 0): number | null {
  if (text.trim() === '') return null
  const number = /^\d+$/.test(text.trim()) ? Number(text.trim()) : NaN
  return number >= min ? number : NaN
}
