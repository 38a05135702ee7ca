import { Readable } from 'node:stream'
import t from 'tap'
import { jsonLines } from '../../../provisioner/resources/json-lines.ts'

t.test('values, however they are cut into chunks', async t => {
  const text = Buffer.from('{"a":1}\r\n\n{"b":"ü"}\n[3]\n{"unfinished":')
  const expected = [{ a: 1 }, { b: 'ü' }, [3]]
  for (const size of [1, 2, 3, 5, 8, text.length]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.subarray(i * size, (i + 1) * size))
    t.same(await all(jsonLines(Readable.from(chunks))), expected, `in chunks of ${size}`)
  }
  t.same(await all(jsonLines(Readable.from([]))), [])
})

t.test('what is no JSON rejects', async t => {
  await t.rejects(all(jsonLines(Readable.from(['{]\n']))), SyntaxError)
})

async function all (values: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const value of values) found.push(value)
  return found
}
