import type { FastifyContextConfig } from 'fastify'
import fp from 'fastify-plugin'

export interface RouteEntry { url: string, methods: string[] }
export interface Route extends RouteEntry { config: FastifyContextConfig }

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route there is. Whole once all is registered. */
    routeTable: readonly Route[]
  }
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method asks for no change (RFC 9110 §9.2.1). */
export function isSafe (method: string): boolean {
  return SAFE.has(method)
}

/** Knows every route, and does not let the API start with one that does not say who may use it. */
export const routeTable = fp(async app => {
  const options: Array<{ url: string, method: string | string[], config?: FastifyContextConfig }> = []
  app.addHook('onRoute', route => { options.push(route) })
  app.decorate('routeTable', { getter: () => options.map(({ url, method, config = {} }) => ({ url, methods: [method].flat(), config })) })
  app.addHook('onReady', async () => {
    const undeclared = app.routeTable.flatMap(undeclaredIn)
    if (undeclared.length > 0) throw new Error(`The API does not start: ${undeclared.join('; ')}.`)
  })
}, { name: 'route-table' })

/** What a route leaves open, in words. */
export function undeclaredIn ({ url, methods, config: { scope, action } }: Route): string[] {
  const name = `${methods.join(', ')} ${url}`
  return [
    ...(scope === undefined ? [`${name} has no config.scope`] : []),
    ...(methods.every(isSafe) || action !== undefined ? [] : [`${name} has no config.action`])
  ]
}

/** The methods that some route takes at a path, without duplicates; empty when there is no such path. */
export function allowedMethods (routes: readonly RouteEntry[], path: string): string[] {
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
