import type { MoveState, ReleaseState, RolloutState, Status } from '../api/shapes.ts'

/** A colour is never alone: each has a shape, and a word beside it. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet'
export interface Look { word: string, tone: Tone, icon: IconOfState }
export type IconOfState = 'circle-check' | 'loader-circle' | 'triangle-alert' | 'moon' | 'pause' | 'octagon-x' | 'trash-2' | 'circle-dashed' | 'circle-minus' | 'undo-2' | 'skip-forward' | 'ban'

export const TENANT_LOOKS: Record<Status, Look> = {
  provisioning: { word: 'Provisioning', tone: 'busy', icon: 'loader-circle' },
  ready: { word: 'Ready', tone: 'good', icon: 'circle-check' },
  degraded: { word: 'Degraded', tone: 'warn', icon: 'triangle-alert' },
  asleep: { word: 'Asleep', tone: 'quiet', icon: 'moon' },
  suspended: { word: 'Suspended', tone: 'quiet', icon: 'pause' },
  failed: { word: 'Failed', tone: 'bad', icon: 'octagon-x' },
  deleting: { word: 'Deleting', tone: 'busy', icon: 'trash-2' }
}

/** The order in which they want attention. */
export const BY_URGENCY: Status[] = ['failed', 'degraded', 'provisioning', 'deleting', 'suspended', 'asleep', 'ready']

export const RELEASE_LOOKS: Record<ReleaseState, Look> = {
  verifying: { word: 'Being proven', tone: 'busy', icon: 'loader-circle' },
  usable: { word: 'Usable', tone: 'good', icon: 'circle-check' },
  rejected: { word: 'Rejected', tone: 'bad', icon: 'octagon-x' }
}

export const ROLLOUT_LOOKS: Record<RolloutState, Look> = {
  running: { word: 'Running', tone: 'busy', icon: 'loader-circle' },
  paused: { word: 'Paused', tone: 'warn', icon: 'pause' },
  aborting: { word: 'Aborting', tone: 'busy', icon: 'loader-circle' },
  'rolling-back': { word: 'Rolling back', tone: 'busy', icon: 'undo-2' },
  done: { word: 'Done', tone: 'good', icon: 'circle-check' },
  aborted: { word: 'Aborted', tone: 'quiet', icon: 'ban' },
  'rolled-back': { word: 'Rolled back', tone: 'warn', icon: 'undo-2' }
}

export const MOVE_LOOKS: Record<MoveState, Look> = {
  waiting: { word: 'Waiting', tone: 'quiet', icon: 'circle-dashed' },
  moving: { word: 'Moving', tone: 'busy', icon: 'loader-circle' },
  moved: { word: 'Moved', tone: 'good', icon: 'circle-check' },
  unchanged: { word: 'There already', tone: 'good', icon: 'circle-check' },
  failed: { word: 'Failed', tone: 'bad', icon: 'octagon-x' },
  skipped: { word: 'Skipped', tone: 'quiet', icon: 'skip-forward' },
  returning: { word: 'Going back', tone: 'busy', icon: 'undo-2' },
  returned: { word: 'Back again', tone: 'warn', icon: 'undo-2' },
  stuck: { word: 'Stuck', tone: 'bad', icon: 'octagon-x' }
}
