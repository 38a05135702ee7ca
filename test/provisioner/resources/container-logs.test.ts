import t from 'tap'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { demultiplex, frameReader, lastLines } from '../../../provisioner/resources/container-logs.ts'

function frame (payload: string, stream = 1): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(payload), 4)
  return Buffer.concat([header, Buffer.from(payload)])
}

const log = Buffer.concat([frame('one\ntwo\n'), frame('bad\n', 2), frame(''), frame('größe\r\n')])

t.test('frames come off however the chunks are cut', async t => {
  for (const size of [1, 3, 7, 8, 9, 1000]) {
    const read = frameReader()
    const payloads: Buffer[] = []
    for (let i = 0; i < log.length; i += size) payloads.push(...read(log.subarray(i, i + size)))
    t.equal(Buffer.concat(payloads).toString(), 'one\ntwo\nbad\ngröße\r\n', `chunks of ${size}`)
  }
})

t.test('as a stream', async t => {
  t.equal(await text(demultiplex(log)), 'one\ntwo\nbad\ngröße\r\n')
  t.equal(await text(demultiplex(Readable.from([log.subarray(0, 5), log.subarray(5)]))), 'one\ntwo\nbad\ngröße\r\n')
  const source = new PassThrough()
  const broken = text(demultiplex(source))
  source.destroy(new Error('gone'))
  await t.rejects(broken, { message: 'gone' })
  const abandoned = new PassThrough()
  demultiplex(abandoned).destroy()
  await new Promise(resolve => abandoned.on('close', resolve))
  t.ok(abandoned.destroyed, 'ending the text ends the source')
})

t.test('the last lines', async t => {
  t.strictSame(lastLines(log, 2), ['bad', 'größe'])
  t.strictSame(lastLines(Buffer.alloc(0), 2), [])
  t.strictSame(lastLines(frame('x'.repeat(3000)), 1), ['x'.repeat(2000) + '…'])
})
