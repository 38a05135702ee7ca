export interface Change { name: string, before: string | null, after: string | null }

type Values = Record<string, unknown> | null

/** What differs between two states of a thing, member by member; members of members by their path. */
export function changesBetween (before: Values, after: Values): Change[] {
  const was = flat(before ?? {})
  const is = flat(after ?? {})
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap(name => {
    const change = { name, before: was.get(name) ?? null, after: is.get(name) ?? null }
    return change.before === change.after ? [] : [change]
  })
}

function flat (values: Record<string, unknown>, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(values)) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
      for (const [inner, text] of flat(value as Record<string, unknown>, path)) found.set(inner, text)
    } else found.set(path, typeof value === 'string' ? value : JSON.stringify(value) ?? '')
  }
  return found
}
