import type { ComponentChildren } from 'preact'
import type { ApiProblem } from '../api/problem.ts'
import { isAbsent, UNREACHABLE } from '../api/problem.ts'
import type { Resource } from '../api/resource.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

export function Note ({ tone, icon, title, children, action }: { tone: 'good' | 'busy' | 'warn' | 'bad' | 'quiet', icon: IconName, title?: ComponentChildren, children?: ComponentChildren, action?: ComponentChildren }) {
  return (
    <div class={`note tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={icon} spins={icon === 'loader-circle'} />
      <div class='note-text'>{title !== undefined && <strong>{title}</strong>}{children !== undefined && <div>{children}</div>}</div>
      {action}
    </div>
  )
}

/** What the API refused, in its own words. */
export function ProblemNote ({ problem, onRetry }: { problem: ApiProblem, onRetry?: () => void }) {
  const retry = onRetry === undefined ? undefined : <Button icon='refresh-cw' onClick={onRetry}>Try again</Button>
  if (isAbsent(problem)) return <Note tone='quiet' icon='info' title='Not available in this version'>The API of this installation has no such route.</Note>
  if (problem.code === UNREACHABLE) return <Note tone='warn' icon='wifi-off' title={problem.title} action={retry}>{problem.message}</Note>
  return (
    <Note tone='bad' icon='octagon-x' title={problem.title} action={retry}>
      {problem.message}
      {problem.requestId !== null && problem.status >= 500 && <div class='small'>Request <code>{problem.requestId}</code></div>}
    </Note>
  )
}

export function Empty ({ icon, title, children, action }: { icon: IconName, title: string, children?: ComponentChildren, action?: ComponentChildren }) {
  return <div class='empty'><Icon name={icon} /><h3>{title}</h3>{children !== undefined && <p>{children}</p>}{action}</div>
}

/** Lines where text will be. */
export function Skeleton ({ lines = 3 }: { lines?: number }) {
  return <div class='skeleton' role='status'><span class='hidden'>Loading…</span>{Array.from({ length: lines }, (_, index) => <span key={index} />)}</div>
}

/** What a resource holds, or why it does not yet; what it held before stays while it cannot be read anew. */
export function Loaded<T> ({ of: { data, problem, loading, refresh }, children, lines }: { of: Resource<T>, children: (data: T) => ComponentChildren, lines?: number }) {
  if (data !== null) {
    // The banner at the top says that nothing can be reached.
    return <>{problem !== null && problem.code !== UNREACHABLE && <ProblemNote problem={problem} onRetry={refresh} />}{children(data)}</>
  }
  if (problem !== null) return <ProblemNote problem={problem} onRetry={refresh} />
  return loading ? <Skeleton lines={lines ?? 4} /> : null
}
