import type { Logger } from 'pino'

/** What can change while the gateway runs. */
export interface Reloadable {
  /** For the log. */
  readonly what: string
  /** Reads it anew and resolves with what the log is to say of it. Throws an Error with the reason when it cannot; then what was, stays. */
  reload: () => Promise<object>
  /** Differs when there may be something new to read. */
  signature: () => Promise<string>
}

/** Looked at, not watched for: a notification is lost when a file is renamed into place, mounted or linked anew. */
const LOOK_MS = 2000

/** Reads what has changed, or everything when asked to, one after the other. No connection notices. */
export class Reloads {
  readonly #parts: readonly Reloadable[]
  readonly #log: Logger
  readonly #signatures = new Map<Reloadable, string>()
  #last: Promise<void> = Promise.resolve()
  #looking: NodeJS.Timeout | undefined

  constructor (parts: readonly Reloadable[], log: Logger) {
    this.#parts = parts
    this.#log = log
  }

  /** Reads everything, and from then on what has changed. */
  async start (): Promise<void> {
    this.all()
    await this.#last
    this.#looking = setInterval(() => { this.#after(() => this.#look(false)) }, LOOK_MS).unref()
  }

  /** Reads everything, changed or not. */
  all (): void {
    this.#after(() => this.#look(true))
  }

  async close (): Promise<void> {
    clearInterval(this.#looking)
    await this.#last
  }

  #after (work: () => Promise<void>): void {
    this.#last = this.#last.then(work)
  }

  async #look (regardless: boolean): Promise<void> {
    for (const part of this.#parts) {
      // Before it is read: what changes meanwhile is noticed next time.
      const signature = await part.signature()
      if (!regardless && signature === this.#signatures.get(part)) continue
      this.#signatures.set(part, signature)
      try {
        this.#log.info({ what: part.what, ...await part.reload() }, 'Read')
      } catch (err) {
        this.#cannot(part, err)
      }
    }
  }

  #cannot ({ what }: Reloadable, err: unknown): void {
    this.#log.error({ what, reason: err instanceof Error ? err.message : String(err) }, 'Cannot be read, what was known stays')
  }
}
