import type { FastifyReply, FastifyRequest } from 'fastify'

const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'"
  ].join('; '),
  'x-content-type-options': 'nosniff',
  // With no-referrer a browser would send `Origin: null` with the page's own forms.
  'referrer-policy': 'same-origin'
}

/** Hook: nothing inline runs, nothing is loaded from elsewhere, nobody frames the page. */
export async function setSecurityHeaders (_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers(headers)
}
