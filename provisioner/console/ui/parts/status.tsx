import type { MoveState, ReleaseState, RolloutState, Status } from '../api/shapes.ts'
import { MOVE_LOOKS, RELEASE_LOOKS, ROLLOUT_LOOKS, TENANT_LOOKS } from '../words/status.ts'
import type { Look } from '../words/status.ts'
import { Icon } from './icon.tsx'

/** A state as a word, a shape and a colour. */
export function Badge ({ look: { word, tone, icon }, large = false }: { look: Look, large?: boolean }) {
  return <span class={`badge tone-${tone}${large ? ' large' : ''}`}><Icon name={icon} spins={icon === 'loader-circle'} />{word}</span>
}

export const TenantStatus = ({ status, large = false }: { status: Status, large?: boolean }) => <Badge look={TENANT_LOOKS[status]} large={large} />
export const ReleaseStatus = ({ state, large = false }: { state: ReleaseState, large?: boolean }) => <Badge look={RELEASE_LOOKS[state]} large={large} />
export const RolloutStatus = ({ state, large = false }: { state: RolloutState, large?: boolean }) => <Badge look={ROLLOUT_LOOKS[state]} large={large} />
export const MoveStatus = ({ state }: { state: MoveState }) => <Badge look={MOVE_LOOKS[state]} />
