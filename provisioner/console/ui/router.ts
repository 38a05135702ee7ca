import { signal } from '@preact/signals'

export interface Place { path: string, query: URLSearchParams }

/** Everything of the console is below this. */
export const BASE = '/console'

function here (): Place {
  return { path: location.pathname.slice(BASE.length) || '/', query: new URLSearchParams(location.search) }
}

/** Where the reader is: the path below /console, and the query. */
export const place = signal<Place>(here())

/** Goes to a path below /console. */
export function navigate (to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(history.state, '', BASE + to)
  else {
    history.pushState(null, '', BASE + to)
    scrollTo(0, 0)
  }
  place.value = here()
}

/** The same page with some of its query changed; null takes one away. */
export function changeQuery (changes: Record<string, string | null>, options: { replace?: boolean } = { replace: true }): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  const y = scrollY
  navigate(place.value.path + (text === '' ? '' : `?${text}`), options)
  scrollTo(0, y)
}

/** Follows the history, and links into the console without loading its page again. */
export function startRouter (): void {
  addEventListener('popstate', () => { place.value = here() })
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element).closest('a')
    if (link === null || link.target !== '' || link.origin !== location.origin || link.hasAttribute('download')) return
    if (link.hash !== '' && link.pathname === location.pathname) return
    if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return
    event.preventDefault()
    navigate(link.pathname.slice(BASE.length) + link.search)
  })
}
