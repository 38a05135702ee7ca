import type { Case } from './cases.ts'
import type { Judged } from './bars.ts'
import { DISTURBED } from './measure.ts'
import type { Sample } from './measure.ts'

/** A core that works more than this has nothing left to give. */
const SATURATED = 0.97

/** Rows of text under each other: the first column to the left, the rest to the right. */
export function columns (rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length))) ?? []
  return rows.map(row => row.map((cell, i) => i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)).join('  ').trimEnd()).join('\n')
}

/** One case: a line for each proxy, and what ours is of it. */
export function caseTable ({ title, load }: Case, samples: ReadonlyMap<string, Sample>, titles: ReadonlyMap<string, string>): string {
  const ours = samples.get('ours')
  const ratio = (own: number | undefined, other: number): string => own === undefined ? '' : (own / other).toFixed(2)
  const rows = [...samples].map(([id, sample]) => [
    titles.get(id) ?? id,
    sample.cpuMicros.toFixed(1), ratio(ours?.cpuMicros, sample.cpuMicros),
    sample.requestsPerSecond.toFixed(0), ratio(ours?.requestsPerSecond, sample.requestsPerSecond),
    sample.p50Ms.toFixed(2), sample.p99Ms.toFixed(2), ratio(ours?.p99Ms, sample.p99Ms),
    sample.rssMiB.toFixed(0), percent(sample.proxyBusy), percent(sample.kept), percent(sample.loadBusy)
  ])
  const what = load.kind === 'echo' ? 'messages' : 'requests'
  const table = columns([[title, 'CPU µs', 'ours/it', `${what}/s`, 'ours/it', 'p50 ms', 'p99 ms', 'ours/it', 'RSS MiB', 'its core', 'kept off it', 'load core'], ...rows])
  const those = (which: (sample: Sample) => boolean): string => [...samples].filter(([, sample]) => which(sample)).map(([id]) => titles.get(id) ?? id).join(', ')
  const starved = load.kind === 'rate' ? '' : those(sample => sample.loadBusy > SATURATED)
  const disturbed = those(sample => sample.kept > DISTURBED)
  return [
    table,
    ...(starved === '' ? [] : [`  The load core was saturated; what is said of ${what}/s and latency may be its limit: ${starved}.`]),
    ...(disturbed === '' ? [] : [`  Kept off their core by other work on this machine, so to be measured again: ${disturbed}.`])
  ].join('\n')
}

export function barTable (bars: readonly Judged[]): string {
  return columns([['The bars', 'bound', 'it is', ''], ...bars.map(({ title, bound, value, verdict, disturbed }) => [title, bound, value?.toFixed(2) ?? '–', disturbed ? `${verdict}, disturbed` : verdict])])
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** The value that a share `q` of the values does not exceed. */
export function quantile (values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * q), values.length - 1)] as number
}
