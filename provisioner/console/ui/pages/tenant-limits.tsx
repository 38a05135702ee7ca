import { useState } from 'preact/hooks'
import type { Tenant } from '../api/shapes.ts'
import { useAction } from '../parts/action.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Card, Facts } from '../parts/page.tsx'
import { ProblemNote } from '../parts/states.tsx'
import { bytes, count, memory, milliseconds } from '../words/numbers.ts'
import type { TenantWork } from './tenant-work.ts'

interface Setting { name: string, label: string, hint: string, unit?: string, scale?: number, say: (value: number) => string }

const LIMITS: Setting[] = [
  { name: 'requestsPerSecond', label: 'Requests a second', hint: 'over all gateways together', say: count },
  { name: 'burst', label: 'Burst', hint: 'requests at once after a quiet while', say: count },
  { name: 'connections', label: 'Connections', hint: 'to the instance at once', say: count },
  { name: 'queue', label: 'Queue', hint: 'requests waiting for a connection', say: count },
  { name: 'queueTimeoutMs', label: 'Wait in the queue', hint: 'at most', unit: 'ms', say: milliseconds },
  { name: 'bodyBytes', label: 'Body', hint: 'largest body of a request', unit: 'bytes', say: bytes },
  { name: 'bodyTimeoutMs', label: 'Pause in a body', hint: 'between two parts of a request’s body', unit: 'ms', say: milliseconds },
  { name: 'responseTimeoutMs', label: 'First answer', hint: 'until the head of the answer', unit: 'ms', say: milliseconds },
  { name: 'idleTimeoutMs', label: 'Pause in an answer', hint: 'between two parts of the answer', unit: 'ms', say: milliseconds },
  { name: 'websockets', label: 'WebSockets', hint: 'at once', say: count }
]

const RESOURCES: Setting[] = [
  { name: 'memoryBytes', label: 'Memory', hint: 'without swap', unit: 'MiB', scale: 2 ** 20, say: memory },
  { name: 'cpus', label: 'Processors', hint: 'cores; 0.5 is half of one', say: String },
  { name: 'pids', label: 'Processes', hint: 'and threads', say: count }
]

interface CardProps { tenant: Tenant, work: TenantWork, can: boolean }

export function LimitsCard ({ tenant, ...rest }: CardProps) {
  return <Numbers title='Limits' note='what the gateway lets it take; a change restarts nothing' member='limits' settings={LIMITS} values={tenant.limits} {...rest} />
}

export function ResourcesCard ({ tenant, ...rest }: CardProps) {
  return <Numbers title='Resources' note='of its container; a change replaces the instance' member='resources' settings={RESOURCES} values={tenant.resources as Tenant['limits']} {...rest} />
}

/** Numbers that are the installation's, or the release's, until they are set. */
function Numbers ({ title, note, member, settings, values, work, can }: { title: string, note: string, member: 'limits' | 'resources', settings: Setting[], values: Tenant['limits'], work: TenantWork, can: boolean }) {
  const before = Object.fromEntries(settings.map(({ name, scale = 1 }) => [name, values[name] === undefined ? '' : String(values[name] / scale)]))
  const [texts, setTexts] = useState<Record<string, string>>(before)
  const action = useAction()
  if (!can) {
    const set = settings.filter(({ name }) => values[name] !== undefined)
    return <Card title={title} note={note}>{set.length === 0 ? <p class='muted'>As the installation has them.</p> : <Facts of={set.map(({ name, label, say }) => [label, say(values[name] as number)])} />}</Card>
  }
  const changed = settings.filter(({ name }) => texts[name] !== before[name])
  const errorOf = ({ name }: Setting): string | null => {
    const text = (texts[name] ?? '').trim()
    return text !== '' && !(Number(text) >= 0) ? 'A number, please.' : action.problem?.of(`/${member}/${name}`) ?? null
  }
  const submit = (): void => {
    if (changed.some(({ name }) => Number.isNaN(Number(texts[name])))) return
    action.run(async () => {
      const patch = Object.fromEntries(changed.map(({ name, scale = 1 }) => [name, (texts[name] ?? '').trim() === '' ? null : Number(texts[name]) * scale]))
      await work(title, 'PATCH', '', { [member]: patch })
    })
  }
  return (
    <Card title={title} note={note}>
      <form onSubmit={event => { event.preventDefault(); submit() }}>
        <div class='grid'>
          {settings.map(setting => (
            <TextField
              key={setting.name} label={setting.label} hint={setting.hint} suffix={setting.unit} value={texts[setting.name] ?? ''} inputMode='decimal' placeholder='not set' error={errorOf(setting)}
              onInput={value => { setTexts({ ...texts, [setting.name]: value }); if (action.problem !== null) action.clear() }}
            />
          ))}
        </div>
        {action.problem !== null && !settings.some(({ name }) => action.problem?.of(`/${member}/${name}`) != null) && <ProblemNote problem={action.problem} />}
        <div class='form-end'><Button type='submit' busy={action.busy} disabled={changed.length === 0}>Save</Button></div>
      </form>
    </Card>
  )
}
