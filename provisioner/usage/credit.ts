import type { ContainerUsage } from '../resources/cgroups.ts'
import { NOTHING } from './usage.ts'
import type { UsedInMinute } from './usage.ts'

/** What a container showed at the end of a minute. */
export interface Sample extends ContainerUsage {
  container: string
  tenantId: string
  /** Every container is sampled each time: one that is not known yet began since. */
  complete: boolean
}

/** What the clock of a container showed, and in which minute. */
export interface Reading { cpuUs: number, minute: number }

/** Over a longer gap nobody can say when CPU time was used, nor whether memory was: then it is nobody's. */
export const MAX_GAP_MINUTES = 60

/**
 * What tenants used in the minutes before `minute`, by what their containers showed now and the time before, and by the sizes of their databases. CPU time since the last look
 * is spread over the minutes since. `lastMinute` is that of the last look at all, null for none. Pure.
 */
export function credit (minute: number, lastMinute: number | null, samples: readonly Sample[], before: ReadonlyMap<string, Reading>, databases: ReadonlyMap<string, number>): UsedInMinute[] {
  const rows = new Map<string, UsedInMinute>()
  const rowOf = (tenantId: string, of: number): UsedInMinute => {
    const key = `${tenantId} ${of}`
    let row = rows.get(key)
    if (row === undefined) rows.set(key, row = { ...NOTHING, tenantId, minute: of })
    return row
  }
  for (const sample of samples) {
    const { minutes, cpuUs } = usedSince(minute, lastMinute, sample, before.get(sample.container))
    for (let i = 1; i <= minutes; i++) {
      const row = rowOf(sample.tenantId, minute - i)
      row.cpuUs += cpuUs / minutes
      // Of two instances the memory adds up, the time does not.
      row.memoryByteSeconds += sample.memoryBytes * 60
      row.memorySeconds = 60
    }
  }
  const gap = lastMinute === null ? 1 : minute - lastMinute
  const minutes = gap >= 1 && gap <= MAX_GAP_MINUTES ? gap : 1
  for (const [tenantId, bytes] of databases) {
    for (let i = 1; i <= minutes; i++) {
      const row = rowOf(tenantId, minute - i)
      row.databaseByteSeconds = bytes * 60
      row.databaseSeconds = 60
    }
  }
  return [...rows.values()]
}

function usedSince (minute: number, lastMinute: number | null, { cpuUs, complete }: Sample, before: Reading | undefined): { minutes: number, cpuUs: number } {
  if (before === undefined) {
    const gap = lastMinute === null ? Infinity : minute - lastMinute
    return complete && gap >= 1 && gap <= MAX_GAP_MINUTES ? { minutes: gap, cpuUs } : { minutes: 1, cpuUs: 0 }
  }
  const gap = minute - before.minute
  if (gap < 1 || gap > MAX_GAP_MINUTES) return { minutes: 1, cpuUs: 0 }
  // Less than before: it was started again, and its clock with it.
  return { minutes: gap, cpuUs: cpuUs >= before.cpuUs ? cpuUs - before.cpuUs : cpuUs }
}
