import type { Hostname } from './hostname.ts'

/** A read of one host's route that is under way, and the stamps that say what its answer will be worth. */
export interface PendingRead<Answer> {
  readonly host: Hostname
  /** The invalidation stream ran when the read began: a change behind its back would have been heard of. */
  readonly streaming: boolean
  /** The host was invalidated, or the stream lost, since the read began: its answer must not be stored. */
  overtaken: boolean
  /** What everybody who wants the same host waits for: one miss in flight per host. */
  answer: Promise<Answer>
}

/** The reads under way, one per host. The read is entered before it is sent, so that an invalidation in between wins. */
export class PendingReads<Answer> {
  readonly #reads = new Map<Hostname, PendingRead<Answer>>()

  find (host: Hostname): PendingRead<Answer> | undefined {
    return this.#reads.get(host)
  }

  /** Enters a read, then runs it; it leaves by itself when it has ended. */
  begin (host: Hostname, streaming: boolean, run: (read: PendingRead<Answer>) => Promise<Answer>): PendingRead<Answer> {
    const read = { host, streaming, overtaken: false } as PendingRead<Answer>
    this.#reads.set(host, read)
    read.answer = run(read).finally(() => {
      if (!read.overtaken) this.#reads.delete(host)
    })
    return read
  }

  /** Whoever asks from now on reads anew. */
  overtake (host: Hostname): void {
    const read = this.#reads.get(host)
    if (read === undefined) return
    read.overtaken = true
    this.#reads.delete(host)
  }

  overtakeAll (): void {
    for (const read of this.#reads.values()) read.overtaken = true
    this.#reads.clear()
  }
}
