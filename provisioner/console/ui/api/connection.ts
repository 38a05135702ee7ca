import { signal } from '@preact/signals'

/** Whether the API can be reached. `epoch` grows whenever it came back: what is shown is then read anew. */
export const connection = signal<{ state: 'there' | 'away', epoch: number }>({ state: 'there', epoch: 0 })

const PROBE_DELAYS_MS = [1000, 2000, 3000, 5000]
let probing = false

/** To be told of a request that got no answer. Asks again until there is one. */
export function lostConnection (): void {
  if (connection.value.state === 'there') connection.value = { ...connection.value, state: 'away' }
  if (!probing) probe()
}

export function heardFromApi (): void {
  if (connection.value.state === 'away') connection.value = { state: 'there', epoch: connection.value.epoch + 1 }
}

async function probe (): Promise<void> {
  probing = true
  for (let attempt = 0; connection.value.state === 'away'; attempt++) {
    await pause(PROBE_DELAYS_MS[Math.min(attempt, PROBE_DELAYS_MS.length - 1)] as number)
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null)
    if (answer?.ok === true) heardFromApi()
  }
  probing = false
}

/** Ends early when the browser says that the network is back. */
async function pause (ms: number): Promise<void> {
  await new Promise<void>(resolve => {
    const done = (): void => {
      removeEventListener('online', done)
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
  })
}

addEventListener('offline', () => { lostConnection() })
