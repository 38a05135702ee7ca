import UPlot from 'uplot'
import type { AlignedData, Options } from 'uplot'
import type { ChartProps, Series } from './chart.tsx'

const HEIGHT = 160
const POWERS_OF_TWO = Array.from({ length: 45 }, (_, power) => 2 ** power)

export interface Drawing {
  update: (props: ChartProps) => void
  /** In other colours. */
  redraw: (props: ChartProps) => void
  remove: () => void
}

/** Draws into an element, as wide as that is. */
export function draw (element: HTMLElement, props: ChartProps): Drawing {
  let plot = make(element, props)
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: HEIGHT })
  })
  observer.observe(element)
  return {
    update: props => { plot.setData(dataOf(props)) },
    redraw: props => {
      plot.destroy()
      plot = make(element, props)
    },
    remove: () => {
      observer.disconnect()
      plot.destroy()
    }
  }
}

function make (element: HTMLElement, props: ChartProps): UPlot {
  return new UPlot(optionsOf(element, props), dataOf(props), element)
}

function dataOf ({ times, series }: ChartProps): AlignedData {
  return [times.map(time => Date.parse(time) / 1000), ...series.map(({ values }) => values)]
}

function optionsOf (element: HTMLElement, { series, format, binary = false }: ChartProps): Options {
  const style = getComputedStyle(element)
  // light-dark() is resolved where a colour is used, not in the property itself.
  const colour = (name: string): string => {
    element.style.setProperty('color', `var(--${name})`)
    const { color } = getComputedStyle(element)
    element.style.removeProperty('color')
    return color
  }
  const text = colour('muted')
  const axis = { stroke: text, font: `11px ${style.fontFamily}`, grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } }
  return {
    width: Math.max(element.clientWidth, 100),
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((at, index) => clock(at, splits[index - 1])), size: 28, space: 64 },
      { ...axis, values: (_plot, splits) => splits.map(format), size: 56, space: 32, ...(binary ? { incrs: POWERS_OF_TWO } : {}) }
    ],
    series: [{}, ...series.map(({ label, tone }: Series, index) => ({
      label, stroke: colour(LINES[tone]), width: 1.5, points: { show: false }, ...(index === 0 ? { fill: colour(`${LINES[tone]}-soft`) } : {})
    }))],
    plugins: [tooltip(format)]
  }
}

const LINES: Record<Series['tone'], string> = { accent: 'accent', bad: 'bad', warn: 'warn', good: 'good', quiet: 'muted' }

/** The hour of the reader's clock; the day where it begins. */
function clock (seconds: number, before: number | undefined): string {
  const at = new Date(seconds * 1000)
  const newDay = before === undefined || new Date(before * 1000).toDateString() !== at.toDateString()
  if (newDay && at.getHours() === 0 && at.getMinutes() === 0) return at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

function tooltip (format: (value: number) => string): UPlot.Plugin {
  const box = document.createElement('div')
  box.className = 'tooltip'
  box.hidden = true
  return {
    hooks: {
      init: plot => { plot.over.append(box) },
      setCursor: plot => {
        const { idx, left = -1 } = plot.cursor
        box.hidden = idx == null || left < 0
        if (idx == null || box.hidden) return
        const at = new Date((plot.data[0][idx] as number) * 1000)
        const lines = plot.series.slice(1).map((series, index) => {
          const value = plot.data[index + 1]?.[idx]
          return `${String(series.label)}: ${value == null ? '–' : format(value)}`
        })
        box.textContent = [at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }), ...lines].join('\n')
        const width = plot.over.clientWidth
        box.style.setProperty('left', left > width / 2 ? 'auto' : `${left + 10}px`)
        box.style.setProperty('right', left > width / 2 ? `${width - left + 10}px` : 'auto')
      }
    }
  }
}
