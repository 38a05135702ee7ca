import { useEffect } from 'preact/hooks'
import { connection } from './api/connection.ts'
import { Frame } from './frame.tsx'
import { Button } from './parts/button.tsx'
import { Icon } from './parts/icon.tsx'
import { Note } from './parts/states.tsx'
import { Toasts } from './parts/toasts.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { place } from './router.ts'
import { pageAt } from './routes.tsx'
import { readSession, session, sessionProblem } from './session.ts'

/** Sign-in for as long as nobody is; the page of the address otherwise. The address stays, so one goes on where one was. */
export function App () {
  return <><Offline /><Inside /><Toasts /></>
}

function Inside () {
  const { path } = place.value
  useEffect(() => {
    // For who hears the page: another one begins with its heading.
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [path.split('/').slice(0, 3).join('/')])
  if (session.value === null) return <SignIn />
  if (session.value === undefined) return <Starting />
  return <Frame>{pageAt(path)}</Frame>
}

function Starting () {
  const problem = sessionProblem.value
  if (problem === null || problem.status === 0) return <main class='starting' aria-busy='true'><Icon name='anchor' /><span class='hidden'>Loading…</span></main>
  return (
    <main class='starting'>
      <Note tone='bad' icon='octagon-x' title={problem.title} action={<Button onClick={() => { readSession() }}>Try again</Button>}>{problem.message}</Note>
    </main>
  )
}

function Offline () {
  if (connection.value.state === 'there') return null
  return (
    <div class='offline' role='status'>
      <Icon name='wifi-off' /><span><strong>The API cannot be reached.</strong> What you see is as it last was; it goes on by itself when the connection is back.</span>
    </div>
  )
}
