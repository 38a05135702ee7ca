import type { Test } from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import type { RawClient } from './raw-client.ts'
import { HOST } from './wire.ts'
import type { Wire } from './wire.ts'

/**
 * What may become of a request that is sent with another, `NEXT`, right behind it:
 *
 *   passes   the tenant gets exactly it and exactly NEXT; the client gets both answers in order
 *   refused  the client gets one such status and the end of the connection; the tenant gets nothing at all
 *   cut      it went wrong in its body: the tenant, if it heard of it, sees its connection end before the request is whole
 *   answered refused, but where it ends is not in doubt: the connection may live, and NEXT arrive
 */
export interface Verdict {
  passes?: { start: string, body: string }
  refused?: readonly number[]
  cut?: true
  answered?: readonly number[]
}

export const NEXT = `GET /next HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const NEXT_SEEN = ['GET /next HTTP/1.1', '']

export const passes = (start: string, body = ''): Verdict => ({ passes: { start, body } })
export const refused = (...statuses: number[]): Verdict => ({ refused: statuses })
export const answered = (...statuses: number[]): Verdict => ({ answered: statuses })
export const cut: Verdict = { cut: true }
/** Where the RFC leaves a choice. */
export const either = (...verdicts: Verdict[]): Verdict => Object.assign({}, ...verdicts) as Verdict

/** Sends the bytes and NEXT, and asserts that one of the verdicts holds. */
export async function judge (t: Test, wire: Wire, bytes: string, verdict: Verdict): Promise<void> {
  wire.tenant.forget()
  const client = await wire.client()
  try {
    await judgeOn(t, wire, client, bytes, verdict)
  } finally {
    client.socket.destroy()
  }
}

async function judgeOn (t: Test, wire: Wire, client: RawClient, bytes: string, verdict: Verdict): Promise<void> {
  const { tenant } = wire
  client.send(bytes + NEXT)
  const [first] = (await client.responses(1, [bytes.split(' ')[0] as string])).filter(message => statusOf(message) >= 200)
  const status = first === undefined ? undefined : statusOf(first)

  if (status === 200) {
    const [, second] = await client.responses(2, [bytes.split(' ')[0] as string])
    // NEXT may overtake what it need not wait for; pipelining.test.ts asserts what it must.
    const seen = tenant.take().map(({ start, body }) => [start, body]).sort(([one], [other]) => Number(one === NEXT_SEEN[0]) - Number(other === NEXT_SEEN[0]))
    t.ok(verdict.passes !== undefined, 'it may pass')
    if (verdict.passes === undefined) return
    t.strictSame(seen, [[verdict.passes.start, verdict.passes.body], NEXT_SEEN], 'the tenant got it as it is, and the next')
    t.equal(second?.body, '/next', 'and the client got the answer to the next')
    return
  }

  const allowed = [...verdict.refused ?? [], ...verdict.answered ?? [], ...(verdict.cut ? [undefined, 400, 413, 431] : [])]
  t.ok(allowed.includes(status), `answered with ${status}, one of ${allowed.join(', ')}`)
  if (first !== undefined) isProblem(t, first)
  if (verdict.answered === undefined || (first !== undefined && fieldOf(first, 'connection') === 'close')) {
    const all = await client.end()
    t.ok(all.length <= 1, 'nothing follows it')
  }
  client.socket.destroy()
  await waitFor('the tenant to be rid of it', () => tenant.halfway().length === 0, { timeoutMs: 5000, intervalMs: 2 })
  await wire.ask(wire.get([], 'GET /barrier HTTP/1.1'))
  const seen = tenant.take().map(({ start }) => start).filter(start => verdict.answered === undefined || start !== NEXT_SEEN[0])
  t.strictSame(seen, ['GET /barrier HTTP/1.1'], 'the tenant got nothing of it')
}

/** An answer of the gateway's own, after which the connection ends or goes on as its `Connection` says. */
export function isProblem (t: Test, message: Message): void {
  t.equal(fieldOf(message, 'content-type'), 'application/problem+json', 'the answer is a problem')
  t.match(message.body, `"status":${statusOf(message)}`)
}
