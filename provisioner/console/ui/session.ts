import { signal } from '@preact/signals'
import { call, credentials } from './api/client.ts'
import { connection } from './api/connection.ts'
import { ApiProblem } from './api/problem.ts'
import { forgetAll } from './api/resource.ts'
import { SCOPES } from './api/shapes.ts'
import type { Scope, Session } from './api/shapes.ts'

/** Who is signed in; undefined until that is known, null when nobody is. */
export const session = signal<Session | null | undefined>(undefined)
/** Why one has to sign in again; null for somebody who comes. */
export const signedOutBecause = signal<string | null>(null)
/** Why it cannot be known who is signed in. */
export const sessionProblem = signal<ApiProblem | null>(null)

const SESSION = '/v1/session'

function begin (body: Session): void {
  credentials.csrfToken = body.csrfToken
  session.value = body
  signedOutBecause.value = null
}

function end (because: string | null): void {
  credentials.csrfToken = ''
  forgetAll()
  session.value = null
  signedOutBecause.value = because
}

/** Asks who is signed in. */
export async function readSession (): Promise<boolean> {
  try {
    begin((await call<Session>('GET', SESSION)).body)
    sessionProblem.value = null
    return true
  } catch (err) {
    if (!(err instanceof ApiProblem)) throw err
    if (err.status === 401) end(null)
    else sessionProblem.value = err
    return false
  }
}

/** Throws ApiProblem. */
export async function signIn (token: string): Promise<void> {
  const { body } = await call<Session>('POST', SESSION, { body: { token } })
  forgetAll()
  begin(body)
}

/** Signs out as far as the API confirms it. Throws ApiProblem when it does not. */
export async function signOut (): Promise<void> {
  await call('DELETE', SESSION).catch(err => {
    if (!(err instanceof ApiProblem) || err.status !== 401) throw err
  })
  end('You are signed out.')
}

credentials.renew = readSession
credentials.signedOut = () => {
  if (session.value !== null) end('Your session has ended. Sign in to go on where you were.')
}

/** Whether the signed-in token may do what needs a scope. */
export function may (scope: Scope): boolean {
  const held = session.value?.token.scope
  return held !== undefined && SCOPES.indexOf(held) >= SCOPES.indexOf(scope)
}

/** A token that is limited to tenants sees nothing of the rest of the installation. */
export function isLimited (): boolean {
  return session.value?.token.tenants != null
}

/** Reads the session, and again when the API came back before it was known. */
export function startSession (): void {
  readSession()
  connection.subscribe(({ state, epoch }) => {
    if (state === 'there' && epoch > 0 && session.peek() === undefined) readSession()
  })
}
