import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'
import { sequence } from './printable.ts'

export type Style = Parameters<typeof styleText>[0]

type Stream = Writable & { isTTY?: boolean, columns?: number }

export interface Streams { stdin: Readable & { isTTY?: boolean }, stdout: Stream, stderr: Stream }

const UNKNOWN_WIDTH = 80

/** Where results (standard output) and what is said beside them (standard error) go. */
export class Terminal {
  readonly #streams: Streams
  readonly #noColour: boolean
  /** Whether the last line of standard error is one that is written over. */
  #live = false

  /** `env` says whether colours are wanted: NO_COLOR (no-color.org), TERM=dumb. */
  constructor (streams: Streams, env: Readonly<Record<string, string | undefined>>) {
    this.#streams = streams
    this.#noColour = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  }

  /** Columns of the terminal that results go to, or null when they go elsewhere. */
  get width (): number | null { return widthOf(this.#streams.stdout) }
  /** The same of the terminal that progress is shown on. */
  get progressWidth (): number | null { return widthOf(this.#streams.stderr) }
  /** Whether somebody is there who can be asked. */
  get canAsk (): boolean { return this.#streams.stdin.isTTY === true && this.#streams.stderr.isTTY === true }

  /** Writes lines of the result; resolves when more can be taken. */
  async print (...lines: string[]): Promise<void> {
    if (lines.length === 0) return
    this.endLive()
    await this.write(lines.join('\n') + '\n')
  }

  /** Writes to the result as it is. */
  async write (data: string | Uint8Array): Promise<void> {
    const { stdout } = this.#streams
    if (!stdout.write(data) && !stdout.destroyed) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')])
  }

  /** The same for what is short, without waiting until it is taken. */
  writeNow (text: string): void {
    this.#streams.stdout.write(text)
  }

  /** Says something beside the result. */
  say (...lines: string[]): void {
    this.endLive()
    for (const line of lines) this.#streams.stderr.write(line + '\n')
  }

  /** Shows a line that the next one takes the place of; where nobody watches, each is a line of its own. */
  live (line: string): void {
    const { stderr } = this.#streams
    if (stderr.isTTY !== true) {
      stderr.write(line + '\n')
      return
    }
    stderr.write(`\r${line}${sequence('K')}`)
    this.#live = true
  }

  endLive (): void {
    if (this.#live) this.#streams.stderr.write('\n')
    this.#live = false
  }

  /** Text of the result in a colour, where it goes to a terminal that wants some. */
  paint (style: Style, text: string): string {
    return this.#colours(this.#streams.stdout) ? styleText(style, text, { validateStream: false }) : text
  }

  /** The same for what is said beside it. */
  tint (style: Style, text: string): string {
    return this.#colours(this.#streams.stderr) ? styleText(style, text, { validateStream: false }) : text
  }

  /** Asks, and returns what was typed; null when there was an end instead. */
  async ask (question: string, signal: AbortSignal): Promise<string | null> {
    const lines = createInterface({ input: this.#streams.stdin, output: this.#streams.stderr, terminal: false })
    const ended = once(lines, 'close').then(() => null)
    try {
      return await Promise.race([lines.question(question, { signal }), ended])
    } finally {
      lines.close()
    }
  }

  #colours (stream: Stream): boolean {
    return stream.isTTY === true && !this.#noColour
  }
}

function widthOf ({ isTTY, columns }: Stream): number | null {
  return isTTY === true ? columns ?? UNKNOWN_WIDTH : null
}
