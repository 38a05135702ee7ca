import t from 'tap'
import { closeFrame, FrameBoundary } from '../../gateway/websocket-frames.ts'

function frame (length: number, { masked = false } = {}): Buffer {
  const head = length < 126 ? [length] : length < 65536 ? [126, length >> 8, length & 0xff] : [127, 0, 0, 0, 0, ...Buffer.from(length.toString(16).padStart(8, '0'), 'hex')]
  if (masked) head[0] = (head[0] as number) | 0x80
  return Buffer.concat([Buffer.from([0x82, ...head, ...(masked ? [1, 2, 3, 4] : [])]), Buffer.alloc(length, 0xff)])
}

t.test('after every whole frame, and only there', async t => {
  for (const length of [0, 1, 125, 126, 65535, 65536, 100_000]) {
    for (const masked of [false, true]) {
      const boundary = new FrameBoundary()
      const bytes = frame(length, { masked })
      t.equal(boundary.reached, true)
      boundary.push(bytes.subarray(0, -1))
      t.equal(boundary.reached, false, `${length}, masked: ${masked}`)
      boundary.push(bytes.subarray(-1))
      t.equal(boundary.reached, true)
    }
  }
})

t.test('however the stream is cut', async t => {
  const bytes = Buffer.concat([frame(3), frame(300, { masked: true }), frame(0), frame(70_000), frame(5)])
  for (const step of [1, 2, 3, 7, 1000, bytes.length]) {
    const boundary = new FrameBoundary()
    for (let at = 0; at < bytes.length; at += step) boundary.push(bytes.subarray(at, at + step))
    t.equal(boundary.reached, true, `in pieces of ${step}`)
  }
  const boundary = new FrameBoundary()
  const ends = new Set([5, 5 + 308, 5 + 308 + 2, 5 + 308 + 2 + 70_010, bytes.length])
  for (let at = 0; at < bytes.length; at++) {
    boundary.push(bytes.subarray(at, at + 1))
    if (boundary.reached !== ends.has(at + 1)) t.fail(`at ${at + 1}`)
  }
})

t.test('a Close frame', async t => {
  t.strictSame(closeFrame(1001), Buffer.from([0x88, 0x02, 0x03, 0xe9]))
})
