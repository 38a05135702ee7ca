/** What a page of the gateway says. All texts are the gateway's own; they are escaped all the same. */
export interface ErrorPage {
  status: number
  title: string
  detail: string
  next: string
  requestId: string
}

/** One small page without scripts, links or anything to load. */
export function renderErrorPage ({ status, title, detail, next, requestId }: ErrorPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${status} ${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.0625rem/1.6 system-ui, sans-serif }
main { max-width: 34rem; padding: 2rem }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.25 }
p { margin: 0 0 1rem }
footer { font-size: .875rem; overflow-wrap: anywhere }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(detail)}</p>
<p>${escapeHtml(next)}</p>
<footer>Error ${status} &middot; Request <code>${escapeHtml(requestId)}</code></footer>
</main>
</body>
</html>
`
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ["'", '&#39;']
])

export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES.get(character) as string)
}
