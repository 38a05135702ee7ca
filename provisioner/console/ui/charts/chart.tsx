import { useEffect, useRef } from 'preact/hooks'
import { theme } from '../parts/theme-switch.tsx'
import type { Drawing } from './plot.ts'

export interface Series { label: string, tone: 'accent' | 'bad' | 'warn' | 'good' | 'quiet', values: Array<number | null> }
export interface ChartProps {
  title: string
  unit: string
  /** ISO 8601, ascending. */
  times: string[]
  series: Series[]
  format: (value: number) => string
  /** Whether the steps of its axis are powers of two, as for memory. */
  binary?: boolean
}

/** A line for each series over time; gaps where nothing is known. What draws it is loaded when the first one is shown. */
export function Chart (props: ChartProps) {
  const { title, unit, times, series, format } = props
  const element = useRef<HTMLDivElement>(null)
  const drawing = useRef<Drawing | null>(null)
  const latest = useRef(props)
  latest.current = props
  const known = series.some(({ values }) => values.some(value => value !== null))
  const chosen = theme.value

  useEffect(() => {
    if (!known) return
    let left = false
    import('./plot.ts').then(({ draw }) => {
      if (!left && element.current !== null) drawing.current = draw(element.current, latest.current)
    })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const again = (): void => { drawing.current?.redraw(latest.current) }
    dark.addEventListener('change', again)
    return () => {
      left = true
      dark.removeEventListener('change', again)
      drawing.current?.remove()
      drawing.current = null
    }
  }, [known, chosen, series.length])
  useEffect(() => { drawing.current?.update(latest.current) }, [times, series])

  return (
    <figure class='chart'>
      <figcaption><span>{title} <span class='muted small'>{unit}</span></span><span class='legend'>{series.map(({ label, tone, values }) => <span key={label} class={`tone-${tone}`}><i aria-hidden='true' />{label} <b>{last(values, format)}</b></span>)}</span></figcaption>
      {known ? <div class='plot' ref={element} role='img' aria-label={described(props)} /> : <div class='plot none muted'>Nothing was measured in this time.</div>}
    </figure>
  )
}

function last (values: Array<number | null>, format: (value: number) => string): string {
  const value = values.findLast(value => value !== null)
  return value === undefined || value === null ? '–' : format(value)
}

/** For who does not see it: from what to what each line goes. */
function described ({ title, unit, series, format }: ChartProps): string {
  const words = series.map(({ label, values }) => {
    const known = values.filter(value => value !== null)
    return known.length === 0 ? `${label}: not known` : `${label}: ${format(Math.min(...known))} to ${format(Math.max(...known))}, last ${last(values, format)}`
  })
  return `${title}, ${unit}. ${words.join('. ')}`
}
