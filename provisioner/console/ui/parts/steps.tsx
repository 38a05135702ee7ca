import type { Tenant } from '../api/shapes.ts'
import { adviceFor, stepsOf } from '../words/advice.ts'
import type { StepState } from '../words/advice.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'
import { Time } from './time.tsx'

const LOOKS: Record<StepState, { icon: IconName, tone: string, word: string }> = {
  done: { icon: 'circle-check', tone: 'good', word: 'done' },
  busy: { icon: 'loader-circle', tone: 'busy', word: 'under way' },
  waiting: { icon: 'circle-dashed', tone: 'quiet', word: 'waiting' },
  stopped: { icon: 'pause', tone: 'quiet', word: 'suspended' },
  failed: { icon: 'octagon-x', tone: 'bad', word: 'failed' }
}

/** The conditions of a tenant as the steps that they are, each with what was found and what to do. */
export function Steps ({ tenant }: { tenant: Tenant }) {
  return (
    <ol class='steps'>
      {stepsOf(tenant).map(({ type, name, about, state, condition }) => {
        const { icon, tone, word } = LOOKS[state]
        const advice = condition === null || state !== 'failed' ? null : adviceFor(condition)
        return (
          <li key={type} class={`step tone-${tone}`}>
            <Icon name={icon} spins={state === 'busy'} />
            <div>
              <p><strong>{name}</strong> <span class='state'>{word}</span>{condition !== null && condition.status === 'True' && <span class='muted small'> since <Time at={condition.since} /></span>}</p>
              <p class='muted'>{condition === null || condition.reason === 'Waiting' ? about : condition.message}</p>
              {advice !== null && <p class='advice'>{advice}</p>}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
