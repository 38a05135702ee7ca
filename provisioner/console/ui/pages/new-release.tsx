import { useState } from 'preact/hooks'
import { call } from '../api/client.ts'
import type { Release } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { CheckField, SelectField, TextField } from '../parts/field.tsx'
import { Card, PageHead } from '../parts/page.tsx'
import { Note, ProblemNote } from '../parts/states.tsx'
import { navigate } from '../router.ts'
import { may } from '../session.ts'
import { envIn, wholeNumber } from '../words/input.ts'
import { path } from '../words/path.ts'
import { STRATEGIES } from './deploy-dialog.tsx'

const BACK = { to: '/releases', name: 'Releases' }
const VERSION = /^[A-Za-z0-9._-]{1,64}$/

export function NewRelease () {
  const [input, setInput] = useState({ version: '', image: '', port: '', healthPath: '', migrate: '', env: '', memory: '', cpus: '', strategy: '' })
  const [volume, setVolume] = useState(false)
  const [tried, setTried] = useState(false)
  const action = useAction()
  if (!may('operate')) return <><PageHead title='New release' back={BACK} /><Note tone='quiet' icon='info' title='Your token may only read'>Registering a release needs the scope “operate”.</Note></>

  const set = (name: keyof typeof input) => (value: string): void => {
    setInput({ ...input, [name]: value })
    if (action.problem !== null) action.clear()
  }
  const env = envIn(input.env)
  const port = wholeNumber(input.port, 1)
  const memory = wholeNumber(input.memory, 16)
  const cpus = input.cpus.trim() === '' ? null : Number(input.cpus)
  const own = {
    version: input.version === '' ? (tried ? 'A version is needed.' : null) : VERSION.test(input.version) ? null : '1 to 64 letters, digits, dots, underscores and hyphens.',
    image: input.image.trim() === '' && tried ? 'An image is needed.' : /\s/.test(input.image.trim()) ? 'Without spaces.' : null,
    port: port !== null && !(port <= 65535) ? 'From 1 to 65535.' : null,
    healthPath: input.healthPath !== '' && !/^\/[\x21-\x7e]*$/.test(input.healthPath) ? 'It begins with /.' : null,
    env: env.error,
    memory: Number.isNaN(memory) ? 'At least 16, in MiB.' : null,
    cpus: cpus !== null && !(cpus > 0) ? 'A number, such as 0.5.' : null
  }
  const { problem } = action
  const submit = (): void => {
    setTried(true)
    if (input.version === '' || input.image.trim() === '' || Object.values(own).some(error => error !== null)) return
    const resources = { ...(memory === null ? {} : { memoryBytes: memory * 2 ** 20 }), ...(cpus === null ? {} : { cpus }) }
    action.run(async () => {
      const { body } = await call<Release>('POST', '/v1/releases', {
        body: {
          version: input.version,
          image: input.image.trim(),
          ...(port === null ? {} : { port }),
          ...(input.healthPath === '' ? {} : { healthPath: input.healthPath }),
          ...(input.migrate.trim() === '' ? {} : { migrate: input.migrate.trim() }),
          ...(Object.keys(env.env).length === 0 ? {} : { env: env.env }),
          ...(Object.keys(resources).length === 0 ? {} : { resources }),
          ...(volume ? { volume } : {}),
          ...(input.strategy === '' ? {} : { strategy: input.strategy })
        }
      })
      navigate(path('/releases/{}', body.version))
    })
  }
  const pointers = ['/version', '/image', '/port', '/healthPath', '/migrate', '/env', '/resources', '/strategy']
  const explained = problem !== null && (problem.code === 'release_exists' || pointers.some(pointer => problem.of(pointer) !== null))
  return (
    <>
      <PageHead title='New release' back={BACK} lead='It is proven before a tenant sees it: image, migration and instance. A release does not change.' />
      <form class='form' onSubmit={event => { event.preventDefault(); submit() }}>
        <Card>
          <TextField label='Version' value={input.version} onInput={set('version')} mono required placeholder='2026.1' error={own.version ?? (problem?.code === 'release_exists' ? problem.message : problem?.of('/version'))} hint='What it is called here.' />
          <TextField label='Image' value={input.image} onInput={set('image')} mono required placeholder='registry.example.com/shop:1.4.2' error={own.image ?? problem?.of('/image')} hint='On the engine, or in a registry that it can pull from. It is pinned by its digest.' />
          <div class='grid'>
            <TextField label='Port' value={input.port} onInput={set('port')} mono inputMode='numeric' placeholder='3000' error={own.port ?? problem?.of('/port')} hint='Where the application listens; it gets it as PORT.' />
            <TextField label='Health path' value={input.healthPath} onInput={set('healthPath')} mono placeholder='/' error={own.healthPath ?? problem?.of('/healthPath')} hint='Answers with 2xx when it is ready.' />
          </div>
          <TextField label='Migration' value={input.migrate} onInput={set('migrate')} mono rows={2} placeholder='node migrate.ts' error={problem?.of('/migrate')} hint='Optional. A command for /bin/sh, run before an instance of it starts.' />
          <TextField label='Environment' value={input.env} onInput={set('env')} mono rows={3} placeholder='SITE_URL={{tenant.url}}' error={own.env ?? problem?.of('/env')} hint='Optional. Lines of NAME=value, for every tenant.' />
          <div class='grid'>
            <TextField label='Memory' value={input.memory} onInput={set('memory')} inputMode='numeric' suffix='MiB' placeholder='not set' error={own.memory ?? problem?.of('/resources/memoryBytes')} hint='Of each instance.' />
            <TextField label='Processors' value={input.cpus} onInput={set('cpus')} inputMode='decimal' suffix='cores' placeholder='not set' error={own.cpus ?? problem?.of('/resources/cpus')} hint='0.5 is half of one.' />
          </div>
          <SelectField label='How it is deployed' value={input.strategy} onInput={set('strategy')} choices={[{ value: '', label: volume ? 'Stop first, because of its volume' : 'Start first, without a gap' }, ...STRATEGIES.slice(1)]} error={problem?.of('/strategy')} />
          <CheckField label='Every tenant gets a volume at /data' checked={volume} onInput={setVolume} />
        </Card>
        {problem !== null && !explained && <ProblemNote problem={problem} />}
        <div class='form-end'><LinkButton to='/releases'>Cancel</LinkButton><Button type='submit' kind='primary' busy={action.busy}>Register and prove</Button></div>
      </form>
    </>
  )
}
