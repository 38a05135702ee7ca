import { heardFromApi, lostConnection } from './connection.ts'
import { ApiProblem, problemFrom, UNREACHABLE } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
export interface Answer<T> { status: number, body: T }
export interface CallOptions { body?: unknown, signal?: AbortSignal, headers?: Record<string, string> }

/** What the client is told by the session, and tells it. */
export const credentials = {
  csrfToken: '',
  /** Gets a new CSRF token; returns whether there is one. */
  renew: async (): Promise<boolean> => false,
  /** The API does not know the session any more. */
  signedOut: (): void => {}
}

/**
 * One request to the API with the session's cookie. Mutations carry the CSRF token, and a key that lets them be repeated.
 * Throws ApiProblem; for one without an answer, with the code `unreachable`.
 */
export async function call<T> (method: Method, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const key = method === 'GET' ? undefined : crypto.randomUUID()
  let response = await send(method, path, options, key)
  if (response.status === 403 && method !== 'GET') {
    const problem = await problemOf(response)
    if (problem.code !== 'csrf_failed' || !await credentials.renew()) throw problem
    response = await send(method, path, options, key)
  }
  if (!response.ok) {
    const problem = await problemOf(response)
    if (response.status === 401 && !path.startsWith('/v1/session')) credentials.signedOut()
    throw problem
  }
  const text = await response.text().catch(cause => { throw unreachable(cause) })
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T }
}

export async function get<T> (path: string, signal?: AbortSignal): Promise<T> {
  return (await call<T>('GET', path, signal === undefined ? {} : { signal })).body
}

/** A response that is read as it comes. Throws ApiProblem. */
export async function open (path: string, headers: Record<string, string>, signal: AbortSignal): Promise<{ body: ReadableStream<Uint8Array<ArrayBuffer>>, headers: Headers }> {
  const response = await send('GET', path, { headers, signal })
  if (!response.ok || response.body === null) {
    const problem = await problemOf(response)
    if (response.status === 401) credentials.signedOut()
    throw problem
  }
  return { body: response.body, headers: response.headers }
}

async function send (method: Method, path: string, { body, signal, headers = {} }: CallOptions, key?: string): Promise<Response> {
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'x-csrf-token': credentials.csrfToken }),
        ...(key === undefined || path.startsWith('/v1/session') ? {} : { 'idempotency-key': key }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    })
    heardFromApi()
    return response
  } catch (err) {
    if (signal?.aborted === true) throw err
    throw unreachable(err)
  }
}

function unreachable (cause: unknown): ApiProblem {
  lostConnection()
  const problem = new ApiProblem({ status: 0, code: UNREACHABLE, title: 'The API cannot be reached', detail: 'There was no answer. It is tried again; nothing is known of what was asked last.' })
  problem.cause = cause
  return problem
}

async function problemOf (response: Response): Promise<ApiProblem> {
  return problemFrom(response.status, await response.text().catch(() => ''), name => response.headers.get(name))
}
