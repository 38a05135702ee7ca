import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Release, Rollout } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Note, ProblemNote } from '../parts/states.tsx'
import { navigate, place } from '../router.ts'
import { may } from '../session.ts'
import { wholeNumber } from '../words/input.ts'
import { path } from '../words/path.ts'
import { STRATEGIES } from './deploy-dialog.tsx'

const BACK = { to: '/rollouts', name: 'Rollouts' }
const CANARY = /^(?:[1-9]\d{0,6}|(?:[1-9]\d?|100)%)$/
const SCOPES = [
  { value: 'all', label: 'All tenants' },
  { value: 'release', label: 'Those at a release' },
  { value: 'slug', label: 'Those whose slug begins with…' },
  { value: 'q', label: 'Those with a text in slug or name' },
  { value: 'named', label: 'Those that I name' }
]

export function NewRollout () {
  const [input, setInput] = useState({ release: place.value.query.get('release') ?? '', scope: 'all', scopeText: '', canary: '1', waves: '1', concurrency: '4', maxFailures: '0', onFailure: 'pause', strategy: '' })
  const releases = useResource<Page<Release>>('/v1/releases?limit=200')
  const action = useAction()
  if (!may('operate')) return <><PageHead title='New rollout' back={BACK} /><Note tone='quiet' icon='info' title='Your token may only read'>A rollout needs the scope “operate”.</Note></>
  const usable = releases.data?.items.filter(({ state }) => state === 'usable') ?? []
  const release = input.release === '' ? usable[0]?.version ?? '' : input.release
  const set = (name: keyof typeof input) => (value: string): void => {
    setInput(name === 'scope' ? { ...input, scope: value, scopeText: '' } : { ...input, [name]: value })
    if (action.problem !== null) action.clear()
  }
  const number = (text: string, min: number, max: number): string | null => {
    const value = wholeNumber(text, min)
    return value !== null && value <= max ? null : `A whole number from ${min} to ${max}.`
  }
  const errors = {
    canary: input.canary === '' || CANARY.test(input.canary) ? null : 'A number, or a part such as 10%.',
    waves: number(input.waves, 1, 100),
    concurrency: number(input.concurrency, 1, 256),
    maxFailures: number(input.maxFailures, 0, 1_000_000)
  }
  const named = input.scopeText.split(/[\s,]+/).filter(name => name !== '')
  const scopeMissing = input.scope !== 'all' && input.scopeText.trim() === ''
  const { problem } = action
  const submit = (): void => {
    if (release === '' || scopeMissing || Object.values(errors).some(error => error !== null)) return
    const tenants = input.scope === 'all' ? 'all' : input.scope === 'named' ? named : { [input.scope]: input.scopeText.trim() }
    action.run(async () => {
      const { body } = await call<Rollout>('POST', '/v1/rollouts', {
        body: {
          release,
          tenants,
          ...(input.canary === '' ? {} : { canary: input.canary.endsWith('%') ? input.canary : Number(input.canary) }),
          waves: Number(input.waves),
          concurrency: Number(input.concurrency),
          maxFailures: Number(input.maxFailures),
          onFailure: input.onFailure,
          ...(input.strategy === '' ? {} : { strategy: input.strategy })
        }
      })
      navigate(path('/rollouts/{}', body.id))
    })
  }
  return (
    <>
      <PageHead title='New rollout' back={BACK} lead='Each tenant is deployed as by itself; one that fails stays at its old release.' />
      {releases.data !== null && usable.length === 0 && <Note tone='warn' icon='triangle-alert' title='There is no usable release yet' action={<LinkButton to='/releases/new'>New release</LinkButton>} />}
      <form class='form' onSubmit={event => { event.preventDefault(); submit() }}>
        <Card title='What'>
          <SelectField label='Release' value={release} onInput={set('release')} choices={usable.map(({ version }) => ({ value: version, label: version }))} error={problem?.of('/release')} />
          <SelectField label='Tenants' value={input.scope} onInput={set('scope')} choices={SCOPES} hint='Those that are at the release already cost nothing.' />
          {input.scope === 'release' && <SelectField label='At release' value={input.scopeText} onInput={set('scopeText')} choices={[{ value: '', label: 'Choose one' }, ...(releases.data?.items ?? []).map(({ version }) => ({ value: version, label: version }))]} />}
          {(input.scope === 'slug' || input.scope === 'q') && <TextField label={input.scope === 'slug' ? 'Slug begins with' : 'Text'} value={input.scopeText} onInput={set('scopeText')} mono placeholder={input.scope === 'slug' ? 'eu-' : 'acme'} />}
          {input.scope === 'named' && <TextField label='Slugs or ids' value={input.scopeText} onInput={set('scopeText')} mono rows={3} hint='By spaces or lines.' error={problem?.code === 'unknown_tenants' ? problem.message : problem?.of('/tenants')} />}
        </Card>
        <Card title='How'>
          <div class='grid'>
            <TextField label='Canary' value={input.canary} onInput={set('canary')} error={errors.canary} hint='So many first, in a wave of their own: 1, or 10%. Empty for none.' />
            <TextField label='Waves' value={input.waves} onInput={set('waves')} inputMode='numeric' error={errors.waves} hint='The others, divided into so many.' />
            <TextField label='At once' value={input.concurrency} onInput={set('concurrency')} inputMode='numeric' error={errors.concurrency} hint='Tenants that are moved at a time.' />
            <TextField label='May fail' value={input.maxFailures} onInput={set('maxFailures')} inputMode='numeric' error={errors.maxFailures} hint='One more stops it.' />
          </div>
          <SelectField label='When it stops' value={input.onFailure} onInput={set('onFailure')} choices={[{ value: 'pause', label: 'It pauses, for somebody to look' }, { value: 'rollback', label: 'Those that were moved go back' }]} />
          <SelectField label='How each is deployed' value={input.strategy} onInput={set('strategy')} choices={STRATEGIES} />
        </Card>
        {problem !== null && problem.code !== 'unknown_tenants' && <ProblemNote problem={problem} />}
        <div class='form-end'><LinkButton to='/rollouts'>Cancel</LinkButton><Button type='submit' kind='primary' busy={action.busy} disabled={release === '' || scopeMissing}>Begin the rollout</Button></div>
      </form>
    </>
  )
}
