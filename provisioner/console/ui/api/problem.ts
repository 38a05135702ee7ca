export interface InvalidParam { pointer: string, detail: string }

/** An answer of the API that says no (RFC 9457), or none at all: status 0. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly invalidParams: InvalidParam[]
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null

  constructor ({ status, code, title, detail, invalidParams = [], requestId = null, retryAfterSeconds = null }: {
    status: number, code: string, title: string, detail: string, invalidParams?: InvalidParam[], requestId?: string | null, retryAfterSeconds?: number | null
  }) {
    super(detail)
    this.status = status
    this.code = code
    this.title = title
    this.invalidParams = invalidParams
    this.requestId = requestId
    this.retryAfterSeconds = retryAfterSeconds
  }

  /** What is wrong with one field, by the JSON pointers that begin with its path. */
  of (pointer: string): string | null {
    const found = this.invalidParams.filter(param => param.pointer === pointer || param.pointer.startsWith(`${pointer}/`))
    if (found.length === 0) return null
    return found.map(param => param.pointer === pointer ? param.detail : `${param.pointer.slice(pointer.length + 1)} ${param.detail}`).join('; ')
  }
}

/** Whether this installation has no such route: an older one, or a part of it that is not there. */
export function isAbsent (problem: ApiProblem | null): boolean {
  return problem !== null && (problem.code === 'not_found' || problem.code === 'method_not_allowed')
}

export const UNREACHABLE = 'unreachable'

/** The problem in an answer, whatever was sent. */
export function problemFrom (status: number, text: string, header: (name: string) => string | null): ApiProblem {
  const body = parse(text)
  const told = (name: string, otherwise: string): string => typeof body[name] === 'string' && body[name] !== '' ? body[name] : otherwise
  const retryAfter = Number(header('retry-after') ?? NaN)
  return new ApiProblem({
    status,
    code: told('code', `http_${status}`),
    title: told('title', 'The API did not answer as it should'),
    detail: told('detail', `It answered with the status ${status}.`),
    invalidParams: Array.isArray(body.invalidParams) ? body.invalidParams as InvalidParam[] : [],
    requestId: header('x-request-id'),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null
  })
}

function parse (text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body as Record<string, unknown> : {}
  } catch {
    return {}
  }
}
