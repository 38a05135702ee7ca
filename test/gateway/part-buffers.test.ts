import t from 'tap'
import { MAX_PART_BYTES, MIN_PART_BYTES, PartBuffers, spareBufferBytes } from '../../gateway/part-buffers.ts'

const source = Buffer.alloc(MAX_PART_BYTES + 1, 'abcdefg')

t.test('a part is a copy, with memory of which half is used at least', async t => {
  const parts = new PartBuffers()
  for (const length of [MIN_PART_BYTES + 1, 16 * 1024, 16 * 1024 + 1, 32 * 1024, 40_000, 64 * 1024, 64 * 1024 + 1, MAX_PART_BYTES]) {
    const part = parts.copy(source, 1, 1 + length)
    t.ok(part.equals(source.subarray(1, 1 + length)), `${length}`)
    t.ok(part.buffer.byteLength <= 2 * length && part.byteOffset === 0, `${length} in ${part.buffer.byteLength}`)
  }
  t.throws(() => parts.copy(source, 0, MAX_PART_BYTES + 1), RangeError)
})

t.test('memory is used again, by the same instance alone', async t => {
  const [mine, other] = [new PartBuffers(), new PartBuffers()]
  const first = mine.copy(source, 0, 50_000)
  t.not(mine.copy(source, 0, 50_000).buffer, first.buffer, 'not while it is out')
  mine.give(first)
  t.equal(spareBufferBytes(), 64 * 1024)
  mine.give(first)
  other.give(first)
  t.equal(spareBufferBytes(), 64 * 1024, 'twice is once, and by the one that gave it out')
  // Of the size of one of these, as Buffer's own slab may be.
  mine.give(Buffer.allocUnsafeSlow(64 * 1024))
  t.equal(spareBufferBytes(), 64 * 1024)
  t.not(other.copy(source, 0, 50_000).buffer, first.buffer)
  t.not(mine.copy(source, 0, 20_000).buffer, first.buffer, 'another size')
  const again = mine.copy(source, 3, 60_003)
  t.equal(again.buffer, first.buffer)
  t.ok(again.equals(source.subarray(3, 60_003)))
  t.equal(spareBufferBytes(), 0)
})

t.test('nothing is kept that is not needed, nor by one that is closed', async t => {
  const parts = new PartBuffers()
  const taken = Array.from({ length: 4 }, () => parts.copy(source, 0, MAX_PART_BYTES))
  for (const part of taken.slice(0, 3)) parts.give(part)
  t.equal(spareBufferBytes(), 3 * MAX_PART_BYTES)
  parts.trim()
  t.equal(spareBufferBytes(), 3 * MAX_PART_BYTES, 'it came since')
  parts.give(parts.copy(source, 0, MAX_PART_BYTES))
  parts.trim()
  t.equal(spareBufferBytes(), MAX_PART_BYTES, 'one of them was needed')
  parts.trim()
  t.equal(spareBufferBytes(), 0)
  parts.give(taken[3] as Buffer)
  t.equal(spareBufferBytes(), MAX_PART_BYTES)
  const late = parts.copy(source, 0, MAX_PART_BYTES)
  parts.close()
  parts.give(late)
  t.equal(spareBufferBytes(), 0)
})

t.test('what all keep together has a bound', async t => {
  const many = Array.from({ length: 3 }, () => new PartBuffers())
  for (const parts of many) {
    const taken = Array.from({ length: 100 }, () => parts.copy(source, 0, MAX_PART_BYTES))
    for (const part of taken) parts.give(part)
  }
  t.equal(spareBufferBytes(), 16 * 1024 * 1024)
  for (const parts of many) parts.close()
  t.equal(spareBufferBytes(), 0)
})
