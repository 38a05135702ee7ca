import { useEffect, useState } from 'preact/hooks'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Note, ProblemNote } from '../parts/states.tsx'
import { signedOutBecause, signIn } from '../session.ts'

export function SignIn () {
  const [token, setToken] = useState('')
  const action = useAction()
  const { problem } = action
  useEffect(() => { document.title = 'Sign in · Berth' }, [])
  return (
    <main class='sign-in'>
      <form onSubmit={event => {
        event.preventDefault()
        if (token.trim() !== '') action.run(async () => { await signIn(token.trim()) })
      }}
      >
        <div class='brand'><Icon name='anchor' /><span>Berth</span></div>
        <h1>Sign in</h1>
        {signedOutBecause.value !== null && problem === null && <Note tone='quiet' icon='info'>{signedOutBecause.value}</Note>}
        <TextField
          label='API token' secret value={token} onInput={text => { setToken(text); if (problem !== null) action.clear() }} mono required autoComplete='current-password'
          error={problem?.status === 401 ? 'This token is not known, has expired or was revoked.' : null}
          hint={<>One that an administrator gave you, or <code>BERTH_ADMIN_TOKEN</code> of <code>deploy/.env</code>.</>}
        />
        {problem !== null && problem.status === 429 && <Note tone='warn' icon='clock' title='Too many attempts'>{problem.retryAfterSeconds === null ? problem.message : `Try again in ${problem.retryAfterSeconds} seconds.`}</Note>}
        {problem !== null && problem.status !== 401 && problem.status !== 429 && <ProblemNote problem={problem} />}
        <Button type='submit' kind='primary' busy={action.busy}>Sign in</Button>
      </form>
    </main>
  )
}
