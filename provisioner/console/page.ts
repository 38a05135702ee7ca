import type { Bundle } from './bundle.ts'

export const ASSETS = '/console/assets/'

/** Everything that a browser may load, send to and be embedded in. Styles that scripts set one by one are not inline styles. */
export const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

/** The one page of the console; its script draws all the others. */
export function consolePage ({ script, style, theme, icon }: Pick<Bundle, 'script' | 'style' | 'theme' | 'icon'>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Berth</title>
<link rel="icon" href="${ASSETS}${icon}" type="image/svg+xml">
<link rel="stylesheet" href="${ASSETS}${style}">
<script src="${ASSETS}${theme}"></script>
<script type="module" src="${ASSETS}${script}"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. All that it does can be done with the API too: see /docs.</noscript>
</body>
</html>
`
}
