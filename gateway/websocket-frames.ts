/**
 * Follows a stream of WebSocket frames (RFC 6455 §5.2) without keeping any of it, to know where a frame of our own may
 * be put in between.
 *
 *   1 byte   FIN, RSV, opcode
 *   1 byte   MASK, length: 0–125, or 126 for two bytes more, or 127 for eight
 *   0/2/8    extended length
 *   0/4      masking key
 *   length   payload
 */
export class FrameBoundary {
  /** Bytes of the head of the current frame so far; empty between frames and within a payload. */
  #head: number[] = []
  #payloadLeft = 0

  /** True between two frames. */
  get reached (): boolean {
    return this.#head.length === 0 && this.#payloadLeft === 0
  }

  push (chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= taken
        at += taken
        continue
      }
      this.#head.push(chunk[at++] as number)
      if (this.#head.length < headLength(this.#head[1])) continue
      this.#payloadLeft = payloadLength(this.#head)
      this.#head = []
    }
  }
}

/** A Close frame of a server: unmasked, with a status code (RFC 6455 §7.4.1). */
export function closeFrame (code: number): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff])
}

/** The endpoint goes away, as a server does that is stopped. */
export const GOING_AWAY = 1001

/** The service is restarted: come again (RFC 6455 registry of close codes). */
export const SERVICE_RESTART = 1012

function headLength (second: number | undefined): number {
  if (second === undefined) return 2
  const length = second & 0x7f
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0)
}

function payloadLength (head: readonly number[]): number {
  const length = (head[1] as number) & 0x7f
  if (length < 126) return length
  return head.slice(2, length === 126 ? 4 : 10).reduce((sum, byte) => sum * 256 + byte, 0)
}
