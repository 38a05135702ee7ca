/** The values of a path's parts by a pattern such as /tenants/:tenant/:tab?, or null when it does not match. */
export function matchPath (pattern: string, path: string): Record<string, string> | null {
  const parts = pattern.split('/').filter(part => part !== '')
  const given = path.split('/').filter(part => part !== '')
  if (given.length > parts.length) return null
  const values: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const value = given[index]
    if (!part.startsWith(':')) {
      if (part !== value) return null
    } else if (value !== undefined) values[part.slice(1).replace('?', '')] = decoded(value)
    else if (!part.endsWith('?')) return null
  }
  return values
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A path whose `{}` are the values, each encoded. */
export function path (template: string, ...values: string[]): string {
  let index = 0
  return template.replace(/\{\}/g, () => encodeURIComponent(values[index++] ?? ''))
}

/** A query of what is set; empty when nothing is. */
export function query (values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`
}
