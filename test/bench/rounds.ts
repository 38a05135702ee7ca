import { CASES } from './cases.ts'
import type { Case } from './cases.ts'
import { measure, median, medianSample, MOST_STOLEN } from './measure.ts'
import type { Generator, Sample } from './measure.ts'
import type { Contestant } from './scene.ts'

export interface Measured {
  /** Of each case, by proxy, in the order of the contestants. */
  readonly medians: ReadonlyMap<string, ReadonlyMap<string, Sample>>
  /** What could not be measured, as sentences. */
  readonly failures: readonly string[]
}

const WARM_UP: Case = { id: 'warm-up', title: 'Warm-up', load: (CASES[0] as Case).load }
/** Until compiled code is the optimised one; shorter, what is measured is the compiler. */
const WARM_UP_SECONDS = 6
/** How often waiting times are measured again that the machine's host got into. */
const MAX_AGAIN = 3
/** An access log has more than that for each request. */
const LOG_LINE_BYTES = 80

/** Measures all cases, in turns: one round after the other, and in each round one proxy after the other. */
export async function measureAll (contestants: readonly Contestant[], cases: readonly Case[], rounds: number, generator: Omit<Generator, 'fullRate'>): Promise<Measured> {
  const medians = new Map<string, Map<string, Sample>>()
  const failures: string[] = []
  const ours = contestants.find(({ id }) => id === 'ours')
  let fullRate = 0
  for (const { id, proxy } of contestants) {
    const sample = await measure(proxy, WARM_UP, { ...generator, seconds: WARM_UP_SECONDS, fullRate })
    const logged = proxy.takeOutput().length
    if (id !== 'ours') continue
    fullRate = sample.requestsPerSecond
    if (logged < sample.requestsPerSecond * WARM_UP_SECONDS * LOG_LINE_BYTES * 0.9) throw new Error(`The gateway logged ${logged} bytes of ${Math.round(sample.requestsPerSecond)} requests: its access log is off`)
  }

  for (const each of cases) {
    if (each.load.kind === 'rate' && ours === undefined) {
      failures.push(`${each.title}: takes the gateway's most, and the gateway is not measured`)
      continue
    }
    const samples = new Map<string, Sample[]>()
    const here = contestants.filter(({ id, unfit }) => takesPart(id, each) && !unfit?.has(each.id))
    const failed = new Set<string>()
    for (let round = 0; round < rounds * (each.turns ?? 1); round++) {
      for (const { id, title, proxy } of here.filter(({ id }) => !failed.has(id))) {
        try {
          let sample = await measure(proxy, each, { ...generator, fullRate })
          for (let again = 0; each.load.kind === 'rate' && sample.stolen > MOST_STOLEN && again < MAX_AGAIN; again++) sample = await measure(proxy, each, { ...generator, fullRate })
          samples.set(id, [...samples.get(id) ?? [], sample])
        } catch (error) {
          failed.add(id)
          failures.push(`${title}, ${each.title}: ${(error as Error).message}`)
        }
        proxy.takeOutput()
      }
    }
    for (const id of failed) samples.delete(id)
    medians.set(each.id, new Map([...samples].map(([id, of]) => [id, medianSample(of)])))
    if (each.id === 'small') fullRate = median((samples.get('ours') ?? []).map(sample => sample.requestsPerSecond)) || fullRate
  }
  return { medians, failures }
}

function takesPart (id: string, { id: caseId, only }: Case): boolean {
  if (only !== undefined) return only.includes(id)
  return id !== 'direct' && (id !== 'two' || caseId === 'small')
}
