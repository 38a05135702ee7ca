import { EventEmitter } from 'node:events'
import t from 'tap'
import { Notices } from '../../../provisioner/api/notices.ts'
import type { Channel } from '../../../provisioner/queue/presence.ts'

const LONG = 60_000

function open () {
  const presence = new EventEmitter<Record<Channel, [string]>>()
  return { presence, notices: new Notices(presence as unknown as ConstructorParameters<typeof Notices>[0], ['berth_events', 'berth_settled'], 'tn_a') }
}
const never = new AbortController().signal

t.test('what is told while waiting ends the wait', async t => {
  const { presence, notices } = open()
  for (const [channel, payload] of [['berth_events', 'tn_a'], ['berth_settled', ''], ['berth_settled', 'tn_a']] as const) {
    const next = notices.next(LONG, never)
    presence.emit('berth_events', 'tn_other')
    presence.emit(channel, payload)
    t.equal(await next, true, `${channel} "${payload}"`)
  }
})

t.test('what is told between two waits is not missed, and counts once', async t => {
  const { presence, notices } = open()
  presence.emit('berth_events', 'tn_a')
  presence.emit('berth_events', 'tn_a')
  t.equal(await notices.next(LONG, never), true)
  t.equal(await notices.next(1, never), false)
  presence.emit('berth_events', 'tn_other')
  t.equal(await notices.next(1, never), false)
})

t.test('an abort ends the wait', async t => {
  const { notices } = open()
  const leaving = new AbortController()
  const next = notices.next(LONG, leaving.signal)
  leaving.abort()
  t.equal(await next, false)
  t.equal(await notices.next(LONG, leaving.signal), false)
})

t.test('nothing is left on the presence', async t => {
  const { presence, notices } = open()
  notices.close()
  t.same(presence.eventNames(), [])
})
