import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Logger } from 'pino'
import type { Readiness } from './health.ts'
import { Restarts } from './restarts.ts'
import { passLines } from './whole-lines.ts'
import type { LinesTo } from './whole-lines.ts'
import { workerName } from './worker-link.ts'
import type { MetricReport, ToPrimary, ToWorker } from './worker-link.ts'

/** A worker that does not answer within this is taken for one that cannot. */
const ANSWER_MS = 1000

type Answer = Readiness | MetricReport

/** The place of one worker, which several processes take one after the other. */
interface Place {
  readonly number: number
  readonly restarts: Restarts
  worker: Worker | null
  /** It takes requests. */
  serving: boolean
}

export interface WorkersOptions {
  readonly count: number
  readonly log: Logger
  /** What the workers write to their standard output. */
  readonly lines: LinesTo
  /** The process in a place has ended. */
  readonly onEnd: (number: number) => void
}

/**
 * The worker processes of a gateway. Connections are handed to them in turn by the primary (cluster's round robin):
 * README.md says why. One that ends is started again, and the others go on.
 */
export class Workers {
  readonly #places: readonly Place[]
  readonly #options: WorkersOptions
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #asked = 0
  #stopping = false
  #restarted = 0

  constructor (options: WorkersOptions) {
    this.#options = options
    this.#places = Array.from({ length: options.count }, (_, i) => ({ number: i + 1, restarts: new Restarts(), worker: null, serving: false }))
    cluster.schedulingPolicy = cluster.SCHED_RR
  }

  get serving (): number {
    return this.#places.filter(({ serving }) => serving).length
  }

  /** Times that a worker was started again. */
  get restarted (): number {
    return this.#restarted
  }

  /** Starts all; resolves when all take requests. Throws when one cannot, or ends before it does: at a start that is no accident. */
  async start (): Promise<void> {
    await Promise.all(this.#places.map(place => new Promise<void>((resolve, reject) => {
      this.#fork(place, { onServing: resolve, onFailed: reject })
    })))
  }

  reload (): void {
    for (const { worker } of this.#places) if (worker !== null) tell(worker, { kind: 'reload' })
  }

  /** Asks all that run; null for a place without a process, and for one that does not answer. */
  async ask<A extends Answer> (what: A extends Readiness ? 'readiness' : 'metrics'): Promise<Array<{ number: number, answer: A | null }>> {
    return await Promise.all(this.#places.map(async place => ({ number: place.number, answer: await this.#ask(place, what) as A | null })))
  }

  /** Lets all drain; whoever has not ended after `timeoutMs` is ended. Resolves true when nobody had to be. */
  async stop (timeoutMs: number): Promise<boolean> {
    this.#stopping = true
    const running = this.#places.flatMap(({ worker }) => worker ?? [])
    let clean = true
    const deadline = setTimeout(() => {
      clean = false
      for (const worker of running) worker.process.kill('SIGKILL')
    }, timeoutMs)
    await Promise.all(running.map(async worker => {
      const ended = once(worker.process, 'close')
      tell(worker, { kind: 'stop' })
      await ended
    }))
    clearTimeout(deadline)
    return clean
  }

  /** `first`: the start of the gateway waits for it. */
  #fork (place: Place, first: { onServing: () => void, onFailed: (err: Error) => void } | null): void {
    const { log, lines, onEnd } = this.#options
    cluster.setupPrimary({ args: [workerName(place.number)], silent: true })
    const worker = cluster.fork()
    const startedAs = { worker: place.number, pid: worker.process.pid }
    let reason = ''
    place.worker = worker
    place.restarts.started(performance.now())
    if (worker.process.stdout !== null) passLines(worker.process.stdout, lines)
    if (worker.process.stderr !== null) passLines(worker.process.stderr, process.stderr)
    worker.on('error', err => { log.error({ err, ...startedAs }, 'Worker cannot be spoken to') })
    worker.on('message', (message: ToPrimary) => {
      switch (message.kind) {
        case 'ready':
          place.serving = true
          log.info(startedAs, 'Worker serves')
          return first?.onServing()
        case 'failed':
          reason = message.message
          return
        case 'answer': this.#waiting.get(message.id)?.(message.answer)
      }
    })
    // Not `exit`: what it has written last may come after that.
    worker.process.once('close', (code: number | null, signal: string | null) => {
      const served = place.serving
      place.worker = null
      place.serving = false
      onEnd(place.number)
      if (this.#stopping) return
      if (first !== null && !served) {
        first.onFailed(new Error(`Worker ${place.number} ended before it served: ${reason || (signal ?? `exit code ${code}`)}`))
        return
      }
      const delayMs = place.restarts.ended(performance.now())
      log.error({ ...startedAs, code, signal, delayMs }, 'Worker ended, is started again')
      setTimeout(() => { this.#again(place) }, delayMs).unref()
    })
  }

  #again (place: Place): void {
    if (this.#stopping) return
    this.#restarted++
    this.#fork(place, null)
  }

  async #ask ({ worker, serving }: Place, what: 'readiness' | 'metrics'): Promise<Answer | null> {
    if (worker === null || !serving) return null
    const id = ++this.#asked
    const answer = new Promise<Answer | null>(resolve => {
      const giveUp = setTimeout(() => { resolve(null) }, ANSWER_MS)
      this.#waiting.set(id, found => {
        clearTimeout(giveUp)
        resolve(found)
      })
    })
    tell(worker, { kind: 'ask', id, what })
    try {
      return await answer
    } finally {
      this.#waiting.delete(id)
    }
  }
}

function tell (worker: Worker, message: ToWorker): void {
  // It may be ending at this moment; whoever waits hears of that by itself.
  if (worker.isConnected()) worker.send(message, undefined, undefined, () => {})
}
