/** Smaller parts come from Buffer's own slab, or are too small to matter. */
export const MIN_PART_BYTES = 8 * 1024
const SIZES = [16 * 1024, 32 * 1024, 64 * 1024, 128 * 1024] as const
/** As much as is read at once. */
export const MAX_PART_BYTES = SIZES[3]
/** What all instances together may keep for later. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024

let spareBytes = 0

/** In bytes, of all instances. */
export function spareBufferBytes (): number {
  return spareBytes
}

/**
 * Memory for parts of bodies on their way to the client, used again and again: were each part's its own, collecting it
 * would cost a sixth of the time that large bodies take, and stop everybody else for tens of milliseconds a time. One of
 * these is one instance's, so that no memory passes from one tenant to another.
 */
export class PartBuffers {
  readonly #spare: readonly ArrayBuffer[][] = SIZES.map(() => [])
  /** How many of each were spare all the time since `trim`. */
  readonly #least: number[] = SIZES.map(() => 0)
  /** What is under way: no other memory is taken back, and none twice. */
  readonly #out = new WeakSet<ArrayBuffer>()
  #closed = false

  /** A copy of `bytes` from `start` to `end`, more than MIN_PART_BYTES and at most MAX_PART_BYTES; at least half of the memory behind it is used. To be given back when it has been written. */
  copy (bytes: Buffer, start: number, end: number): Buffer {
    const length = end - start
    const at = SIZES.findIndex(size => length <= size)
    const size = SIZES[at]
    if (size === undefined) throw new RangeError(`A part has ${length} bytes`)
    let memory = this.#spare[at]?.pop()
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer
    else {
      spareBytes -= size
      this.#least[at] = Math.min(this.#least[at] as number, this.#spare[at]?.length ?? 0)
    }
    this.#out.add(memory)
    const part = Buffer.from(memory, 0, length)
    bytes.copy(part, 0, start, end)
    return part
  }

  give (part: Buffer): void {
    const memory = part.buffer as ArrayBuffer
    const size = memory.byteLength
    if (!this.#out.delete(memory) || this.#closed || spareBytes + size > MAX_SPARE_BYTES) return
    this.#spare[SIZES.findIndex(each => each === size)]?.push(memory)
    spareBytes += size
  }

  /** To be called from time to time: gives up what was not needed since. */
  trim (): void {
    for (const [at, memories] of this.#spare.entries()) {
      const unused = Math.min(this.#least[at] as number, memories.length)
      memories.length -= unused
      spareBytes -= unused * (SIZES[at] as number)
      this.#least[at] = memories.length
    }
  }

  /** What is still under way is not kept when it comes back. */
  close (): void {
    this.#closed = true
    this.#least.fill(Infinity)
    this.trim()
  }
}
