import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { PendingReads } from '../../gateway/pending-reads.ts'

const host = 'a.example' as Hostname

t.test('a read can be found until it has ended', async t => {
  const reads = new PendingReads<number>()
  const { promise, resolve } = Promise.withResolvers<number>()
  const read = reads.begin(host, true, () => promise)
  t.equal(reads.find(host), read)
  t.match(read, { host, streaming: true, overtaken: false })
  resolve(1)
  t.equal(await read.answer, 1)
  t.equal(reads.find(host), undefined)
})

t.test('it is entered before it is sent', async t => {
  const reads = new PendingReads<number>()
  const read = reads.begin(host, false, async () => {
    reads.overtake(host)
    return 1
  })
  t.equal(read.overtaken, true)
  t.equal(await read.answer, 1)
})

t.test('a read that failed is gone too', async t => {
  const reads = new PendingReads<number>()
  const read = reads.begin(host, true, async () => { throw new Error('away') })
  await t.rejects(read.answer, { message: 'away' })
  t.equal(reads.find(host), undefined)
})

t.test('whoever asks after an overtaken read reads anew, and its end does not touch the new one', async t => {
  const reads = new PendingReads<number>()
  const old = Promise.withResolvers<number>()
  const first = reads.begin(host, true, () => old.promise)
  reads.overtake(host)
  reads.overtake(host)
  t.equal(reads.find(host), undefined)
  const second = reads.begin(host, true, () => new Promise(() => {}))
  old.resolve(1)
  await first.answer
  t.equal(first.overtaken, true)
  t.equal(reads.find(host), second)
  reads.overtakeAll()
  t.equal(second.overtaken, true)
  t.equal(reads.find(host), undefined)
})
