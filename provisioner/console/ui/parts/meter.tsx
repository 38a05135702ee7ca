import type { ComponentChildren } from 'preact'

const FULL = 0.9
const FILLING = 0.75

/** How much of something is used, as a bar with its words. */
export function Meter ({ label, part, whole, words: [filling, full] = ['filling up', 'nearly full'], children }: { label: string, part: number, whole: number, words?: [filling: string, full: string], children: ComponentChildren }) {
  const ratio = whole > 0 ? Math.min(part / whole, 1) : 0
  const tone = ratio >= FULL ? 'bad' : ratio >= FILLING ? 'warn' : 'good'
  return (
    <div class='meter'>
      <div><span>{label}</span><span class='muted'>{children}{ratio >= FILLING && <strong class={`tone-${tone}`}> {ratio >= FULL ? full : filling}</strong>}</span></div>
      <div class={`bar tone-${tone}`} role='meter' aria-label={label} aria-valuenow={Math.round(ratio * 100)} aria-valuemin={0} aria-valuemax={100}><span style={{ width: `${ratio * 100}%` }} /></div>
    </div>
  )
}

export interface Part { name: string, count: number, tone: string }

/** Parts of a whole side by side; said in words too. */
export function Bar ({ label, parts, total }: { label: string, parts: Part[], total: number }) {
  const shown = parts.filter(({ count }) => count > 0)
  const words = shown.map(({ name, count }) => `${count} ${name.toLowerCase()}`).join(', ')
  return <div class='bar parts' role='img' aria-label={`${label}: ${words === '' ? 'none' : words}`}>{shown.map(({ name, count, tone }) => <span key={name} class={`tone-${tone}`} title={`${count} ${name}`} style={{ width: `${100 * count / Math.max(total, 1)}%` }} />)}</div>
}
