import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  timeoutMs?: number
  intervalMs?: number
}

/**
 * Asks until the answer is neither undefined, null nor false, and returns it. A probe that throws counts as "not yet".
 * After the deadline it throws an error that names what was waited for, with the probe's last error as cause.
 */
export async function waitFor<T> (
  what: string,
  probe: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  { timeoutMs = 15_000, intervalMs = 50 }: WaitOptions = {}
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let cause: unknown
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== null && answer !== false) return answer
    } catch (error) {
      cause = error
    }
    if (performance.now() >= deadline) throw new Error(`Waited ${timeoutMs} ms for ${what}`, { cause })
    await delay(intervalMs)
  }
}
