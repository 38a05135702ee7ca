import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { MAX_PART_BYTES } from './part-buffers.ts'
import { awaitTurn } from './read-turns.ts'
import { MalformedResponse, switchesToWebSocket } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'
import { ClosedEarly, ResponseParser } from './response-parser.ts'
import type { ResponseSink } from './response-parser.ts'
import { WaitedTooLong } from './waits.ts'
import type { Wait, Waits } from './waits.ts'

/** Hears of the way of one request on a connection. After onEnd, onUpgrade or onError nothing more comes. */
export interface UpstreamHandler extends ResponseSink {
  /** The tenant has taken the connection; at once when it was open already. */
  onConnect: () => void
  /** What came at once has been read; the rest of the response is still to come. */
  onPause: () => void
  /** The connection takes more of the request's body. */
  onDrain: () => void
  /** The tenant speaks another protocol from here on; `rest` came with its answer. */
  onUpgrade: (head: ResponseHead, socket: Socket, rest: Buffer) => void
  onError: (cause: Error) => void
}

/** Who keeps the connections: hears when one can be used again, and when one is gone. */
export interface UpstreamKeeper {
  /** As of performance.now(), some hundred milliseconds old at most: good enough for time-outs. */
  readonly now: number
  /** For the next request. */
  readonly waits: Waits
  released: (connection: UpstreamConnection) => void
  closed: (connection: UpstreamConnection) => void
}

/**
 * What is read lands here first, whichever connection it is for: a read is handed over before the next one begins, and
 * whoever keeps bytes copies them. So an idle connection holds no buffer, and a small answer costs no allocation.
 */
const READS = Buffer.allocUnsafeSlow(MAX_PART_BYTES)
/** A tenant that does not say how long it keeps idle connections is taken for one that keeps them this long. */
const KEEP_ALIVE_MS = 4000
/** Given up so long before the tenant would: its FIN must not cross a request on the way. */
const KEEP_ALIVE_MARGIN_MS = 1000
const MAX_KEEP_ALIVE_MS = 60_000

/**
 * One HTTP/1.1 connection to one instance, one request at a time (no pipelining).
 *
 *   connecting → busy → idle → busy … → closed      or busy → upgraded
 *
 * It is idle again only when the request has gone out whole, its response has come in whole, both sides want it, and
 * not a byte more has come. Nothing is ever sent twice.
 */
export class UpstreamConnection implements ResponseSink {
  readonly #socket: Socket
  #waits: Waits
  readonly #keeper: UpstreamKeeper
  readonly #forUpgrade: boolean
  readonly #parser = new ResponseParser(this)
  #handler: UpstreamHandler | null = null
  #connected = false
  /** The request has gone out whole. */
  #sent = false
  #persistent = false
  #upgrading: ResponseHead | null = null
  #keepAliveMs = KEEP_ALIVE_MS
  #waitingFor: Wait | null = null
  #deadlineAt = 0
  #idleUntil = 0
  /** The client has to read first. */
  #held = false
  /** Others have to have their turn first. */
  #turn = false
  /** The last read left no room: more may lie behind it. */
  #full = false

  /** `forUpgrade`: one request that asks for another protocol, and nothing after it. */
  constructor (address: string, port: number, keeper: UpstreamKeeper, forUpgrade: boolean) {
    this.#waits = keeper.waits
    this.#keeper = keeper
    this.#forUpgrade = forUpgrade
    this.#socket = connect({
      host: address,
      port,
      noDelay: true,
      autoSelectFamily: false,
      // A tunnel reads its socket as a stream.
      ...(forUpgrade ? {} : { onread: { buffer: READS, callback: this.#onRead } })
    })
    if (forUpgrade) this.#socket.on('data', this.#onData)
    this.#socket.on('connect', this.#onConnect).on('drain', this.#onDrain).on('end', this.#onFin).on('error', this.#fail)
      .on('close', this.#onClose)
  }

  /** Sends the head of a request. When `bodyFollows`, it is whole only after `endBody`. */
  send (method: string, head: string, bodyFollows: boolean, handler: UpstreamHandler): void {
    this.#handler = handler
    this.#waits = this.#keeper.waits
    this.#sent = !bodyFollows
    this.#parser.expect(method)
    if (bodyFollows) {
      // The beginning of a body usually came with the head; it leaves with it too.
      this.#socket.cork()
      process.nextTick(uncork, this.#socket)
    }
    this.#socket.write(head, 'latin1')
    if (this.#connected) this.#begin(handler)
    else this.#waitFor('connect')
  }

  /** Returns false when the connection wants no more until onDrain. `chunked`: puts the chunked coding around it. */
  writeBody (bytes: Buffer, chunked: boolean): boolean {
    if (!chunked) this.#socket.write(bytes)
    else {
      this.#socket.cork()
      this.#socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
      this.#socket.write(bytes)
      this.#socket.write('\r\n', 'latin1')
      process.nextTick(uncork, this.#socket)
    }
    const more = !this.#socket.writableNeedDrain
    if (this.#connected && isOfRequest(this.#waitingFor)) this.#waitFor(more ? 'request' : 'response')
    return more
  }

  endBody (chunked: boolean): void {
    if (chunked) this.#socket.write('0\r\n\r\n', 'latin1')
    this.#sent = true
    if (this.#connected && isOfRequest(this.#waitingFor)) this.#waitFor('response')
  }

  /** The client reads slower than the tenant writes. */
  pause (): void {
    this.#held = true
    this.#waitFor('client')
    this.#socket.pause()
  }

  resume (): void {
    if (this.#handler === null) return
    this.#held = false
    this.#waitFor('body')
    if (!this.#turn) this.#socket.resume()
  }

  /** Lets go of the request, and of the connection: what still comes on it is of no use to anybody. */
  abort (): void {
    this.#handler = null
    this.#parser.stop()
    this.#socket.destroy()
  }

  /** To be called from time to time: ends what has waited, or been idle, for too long. */
  check (): void {
    const { now } = this.#keeper
    if (this.#handler === null) {
      if (now >= this.#idleUntil) this.#socket.destroy()
    } else if (this.#waitingFor !== null && now >= this.#deadlineAt) {
      this.#fail(new WaitedTooLong(this.#waitingFor))
    }
  }

  /** It is idle, and the tenant is not about to close it. */
  get usable (): boolean {
    return this.#handler === null && this.#keeper.now < this.#idleUntil && !this.#socket.destroyed
  }

  onHead (head: ResponseHead): void {
    const { status } = head
    if (status === 101) {
      if (!this.#forUpgrade || !switchesToWebSocket(head)) throw new MalformedResponse('The tenant switches to a protocol that nobody asked for')
      this.#upgrading = head
      return
    }
    // An interim response is no end of the body: it is still the client's turn where it was before.
    if (status >= 200) this.#waitFor('body')
    else if (this.#waitingFor !== 'request') this.#waitFor('response')
    this.#persistent = head.persistent
    if (head.keepAliveMs !== null) this.#keepAliveMs = Math.min(head.keepAliveMs, MAX_KEEP_ALIVE_MS) - KEEP_ALIVE_MARGIN_MS
    this.#handler?.onHead(head)
  }

  onBody (bytes: Buffer, start: number, end: number): void {
    this.#waitFor('body')
    this.#handler?.onBody(bytes, start, end)
  }

  onEnd (trailers: readonly string[]): void {
    const handler = this.#handler
    this.#handler = null
    this.#waitingFor = null
    this.#idleUntil = this.#keeper.now + this.#keepAliveMs
    this.#held = false
    const reusable = !this.#full && this.#sent && this.#persistent && !this.#parser.excess && !this.#forUpgrade
    if (!reusable) this.#socket.destroy()
    // The last part may have been one too many for this client; the next one is to get its answer.
    else if (this.#socket.isPaused()) this.#socket.resume()
    handler?.onEnd(trailers)
    if (reusable) this.#keeper.released(this)
  }

  #begin (handler: UpstreamHandler): void {
    this.#waitFor(this.#sent ? 'response' : 'request')
    handler.onConnect()
  }

  #waitFor (wait: Wait): void {
    this.#waitingFor = wait
    this.#deadlineAt = this.#keeper.now + this.#waits[wait]
  }

  readonly #onRead = (length: number): boolean => {
    this.#full = length === READS.length
    this.#read(READS, length)
    if (!this.#full) return true
    if (!this.#turn) awaitTurn(this)
    this.#turn = true
    return false
  }

  readOn (): void {
    this.#turn = false
    if (!this.#held) this.#socket.resume()
  }

  readonly #onData = (bytes: Buffer): void => {
    const stop = this.#read(bytes, bytes.length)
    if (this.#upgrading !== null) this.#upgrade(this.#upgrading, bytes.subarray(stop))
  }

  #read (bytes: Buffer, length: number): number {
    try {
      const stop = this.#parser.push(bytes, 0, length)
      if (stop === length) this.#handler?.onPause()
      return stop
    } catch (err) {
      this.#fail(err as Error)
      return length
    }
  }

  #upgrade (head: ResponseHead, rest: Buffer): void {
    const handler = this.#handler
    const socket = this.#socket
    this.#handler = null
    socket.off('data', this.#onData).off('drain', this.#onDrain).off('end', this.#onFin).off('error', this.#fail)
      .off('close', this.#onClose)
    socket.pause()
    this.#keeper.closed(this)
    if (handler === null) socket.destroy()
    else handler.onUpgrade(head, socket, rest)
  }

  readonly #onConnect = (): void => {
    this.#connected = true
    if (this.#handler !== null) this.#begin(this.#handler)
  }

  readonly #onDrain = (): void => {
    if (this.#handler === null) return
    if (this.#waitingFor === 'response' && !this.#sent) this.#waitFor('request')
    this.#handler.onDrain()
  }

  readonly #onFin = (): void => {
    if (this.#handler === null) return
    try {
      this.#parser.finish()
    } catch (err) {
      this.#fail(err as Error)
    }
  }

  readonly #onClose = (): void => {
    this.#fail(new ClosedEarly())
    this.#keeper.closed(this)
  }

  readonly #fail = (cause: Error): void => {
    const handler = this.#handler
    this.#handler = null
    this.#parser.stop()
    this.#socket.destroy()
    handler?.onError(cause)
  }
}

function isOfRequest (wait: Wait | null): boolean {
  return wait === 'request' || wait === 'response'
}

function uncork (socket: Socket): void {
  socket.uncork()
}
