import { PassThrough } from 'node:stream'
import t from 'tap'
import { passLines } from '../../gateway/whole-lines.ts'

/** Lets everything that is ready to run, run. */
const settled = () => new Promise(resolve => setImmediate(resolve))

t.test('whole lines, whatever the pieces', async t => {
  const from = new PassThrough()
  const got: string[] = []
  passLines(from, { write: text => got.push(text) > 0, once: () => {} })
  const bytes = Buffer.from('one\ntwo ä\n\nthree')
  for (const byte of bytes) {
    from.write(Buffer.from([byte]))
    await settled()
  }
  t.strictSame(got, ['one\n', 'two ä\n', '\n'])
  from.end()
  await settled()
  t.strictSame(got, ['one\n', 'two ä\n', '\n', 'three\n'])
})

t.test('waits for whoever takes them', async t => {
  const from = new PassThrough()
  const got: string[] = []
  const waiting: Array<() => void> = []
  passLines(from, { write: text => got.push(text) > 1, once: (_event, listener) => waiting.push(listener) })
  from.write('one\n')
  await settled()
  from.write('two\n')
  await settled()
  t.strictSame(got, ['one\n'])
  for (const listener of waiting) listener()
  await settled()
  t.strictSame(got, ['one\n', 'two\n'])
})
