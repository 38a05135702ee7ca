import { useEffect, useState } from 'preact/hooks'
import { call, get } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Release, Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Note, ProblemNote } from '../parts/states.tsx'
import { navigate } from '../router.ts'
import { may, session } from '../session.ts'
import { envIn, hostsError, hostsIn, nameError, slugError, slugLike } from '../words/input.ts'
import { path } from '../words/path.ts'

const PAUSE_MS = 250
type Freedom = 'asking' | 'free' | 'taken' | 'unknown'

export function NewTenant () {
  const [name, setName] = useState('')
  const [typedSlug, setSlug] = useState<string | null>(null)
  const [domains, setDomains] = useState('')
  const [release, setRelease] = useState('')
  const [envText, setEnv] = useState('')
  const [tried, setTried] = useState(false)
  const slug = typedSlug ?? slugLike(name)
  const freedom = useFreedom(slug)
  const releases = useResource<Page<Release>>('/v1/releases?limit=200')
  const action = useAction()
  if (!may('operate')) return <><PageHead title='New tenant' back={{ to: '/tenants', name: 'Tenants' }} /><Note tone='quiet' icon='info' title='Your token may only read'>Creating a tenant needs the scope “operate”.</Note></>

  const usable = releases.data?.items.filter(({ state }) => state === 'usable') ?? []
  const { problem } = action
  const taken = problem?.code === 'slug_taken' || problem?.code === 'slug_being_freed'
  const badHost = problem !== null && /^(?:domain_|invalid_host|reserved_host)/.test(problem.code)
  const env = envIn(envText)
  const errors = {
    name: nameError(name) ?? problem?.of('/name') ?? null,
    slug: (slug === '' && !tried ? null : slugError(slug)) ?? (freedom === 'taken' ? 'Another tenant has this slug.' : null) ?? (taken ? problem.message : problem?.of('/slug') ?? null),
    domains: hostsError(domains) ?? (badHost ? problem.message : problem?.of('/domains') ?? null),
    env: env.error ?? problem?.of('/env') ?? null
  }
  // What the API said of the last try is no reason not to try again.
  const wrong = nameError(name) ?? slugError(slug) ?? hostsError(domains) ?? env.error ?? (freedom === 'taken' ? 'taken' : null)
  const explained = problem !== null && (taken || badHost || ['/name', '/slug', '/domains', '/env'].some(pointer => problem.of(pointer) !== null))

  const submit = (): void => {
    setTried(true)
    if (wrong !== null) return
    action.run(async () => {
      const body = { slug, ...(name.trim() === '' ? {} : { name: name.trim() }), ...(release === '' ? {} : { release }), ...(domains.trim() === '' ? {} : { domains: hostsIn(domains) }), ...(Object.keys(env.env).length === 0 ? {} : { env: env.env }) }
      const { body: tenant } = await call<Tenant>('POST', '/v1/tenants', { body })
      navigate(path('/tenants/{}/setup', tenant.slug))
    })
  }

  return (
    <>
      <PageHead title='New tenant' back={{ to: '/tenants', name: 'Tenants' }} />
      {releases.data !== null && usable.length === 0 && <Note tone='warn' icon='triangle-alert' title='There is no usable release yet' action={<LinkButton to='/releases/new'>New release</LinkButton>}>A tenant begins at one.</Note>}
      <form class='form' onSubmit={event => { event.preventDefault(); submit() }}>
        <Card>
          <TextField label='Name' value={name} onInput={setName} placeholder='Acme Ltd' error={errors.name} hint='What people call this customer.' />
          <TextField
            label='Slug' value={slug} onInput={value => { setSlug(value === '' ? null : value); action.clear() }} mono placeholder='acme' error={errors.slug} required
            suffix={`.${session.value?.baseDomain ?? ''}`}
            good={slug !== '' && freedom === 'free' ? <span class='tone-good'>It is free. It cannot be changed later.</span> : freedom === 'asking' && slug !== '' ? 'Asking whether it is free…' : undefined}
            hint='Its own address, for as long as the tenant is there.'
          />
          <TextField label='Further domains' value={domains} onInput={value => { setDomains(value); action.clear() }} rows={2} mono placeholder='www.acme.example' error={errors.domains} hint='Optional. Hostnames, by spaces or lines; their DNS has to lead to the gateway.' />
          <SelectField
            label='Release' value={release} onInput={setRelease} hint={release === '' ? 'It follows newer ones until it has served for the first time.' : 'It begins at this one and stays there.'}
            choices={[{ value: '', label: usable[0] === undefined ? 'The newest usable one' : `The newest usable one (${usable[0].version})` }, ...usable.map(({ version }) => ({ value: version, label: version }))]}
          />
          <TextField label='Environment' value={envText} onInput={setEnv} rows={4} mono placeholder='GREETING=Hello from {{tenant.slug}}' error={errors.env} hint={<>Optional. Lines of NAME=value; values may use <code>{'{{tenant.url}}'}</code> and the like.</>} />
        </Card>
        {problem !== null && !explained && <ProblemNote problem={problem} />}
        <div class='form-end'><LinkButton to='/tenants'>Cancel</LinkButton><Button type='submit' kind='primary' busy={action.busy}>Create tenant</Button></div>
      </form>
    </>
  )
}

/** Whether a slug is free, some time after it was typed. The API has the last word. */
function useFreedom (slug: string): Freedom {
  const [state, setState] = useState<{ slug: string, freedom: Freedom }>({ slug: '', freedom: 'unknown' })
  useEffect(() => {
    if (slugError(slug) !== null) return
    const controller = new AbortController()
    const timer = setTimeout(() => {
      get<Tenant>(path('/v1/tenants/{}', slug), controller.signal).then(
        () => { setState({ slug, freedom: 'taken' }) },
        (err: unknown) => {
          if (controller.signal.aborted) return
          setState({ slug, freedom: err instanceof ApiProblem && err.status === 404 ? 'free' : 'unknown' })
        })
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [slug])
  return state.slug === slug ? state.freedom : 'asking'
}
