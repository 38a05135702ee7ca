export interface RouteEntry { url: string, methods: string[] }

/** The methods that some route takes at a path, without duplicates; empty when there is no such path. */
export function allowedMethods (routes: RouteEntry[], path: string): string[] {
  const methods = routes.filter(({ url }) => pathPattern(url).test(path)).flatMap(route => route.methods)
  return [...new Set(methods)].sort()
}

function pathPattern (url: string): RegExp {
  const source = url.split('/').map(part => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  }).join('/')
  return new RegExp(`^${source}$`)
}
