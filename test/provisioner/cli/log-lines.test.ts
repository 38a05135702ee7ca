import t from 'tap'
import { eventLines, localTime } from '../../../provisioner/cli/event-view.ts'
import { logLines, readLine } from '../../../provisioner/cli/log-lines.ts'
import { printable } from '../../../provisioner/cli/printable.ts'

async function linesOf (...chunks: Array<string | Uint8Array>): Promise<Array<string | null>> {
  async function * source (): AsyncGenerator<Uint8Array> { for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk }
  const found = []
  for await (const { text } of logLines(source())) found.push(text)
  return found
}

t.test('lines end where they end, not where chunks do', async t => {
  for (const [chunks, lines] of [
    [[], []],
    [['a\nb\n'], ['a', 'b']],
    [['a', 'b\nc'], ['ab', 'c']],
    [['\n\n'], ['', '']],
    [[Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), '\r\n'], ['é']]
  ] as const) t.strictSame(await linesOf(...chunks), lines)
  const [first, second] = await linesOf('x'.repeat(2 ** 20 + 5))
  t.strictSame([first?.length, second?.length], [2 ** 20, 5])
})

t.test('the time of a line', async t => {
  t.strictSame(readLine('2026-01-31T12:00:00.123456789Z {"a":1}'), { at: '2026-01-31T12:00:00.123456789Z', text: '{"a":1}' })
  t.strictSame(readLine('2026-01-31T12:00:00.123456789Z'), { at: '2026-01-31T12:00:00.123456789Z', text: '' })
  t.strictSame(readLine('no time'), { at: null, text: 'no time' })
})

t.test('control characters are shown, not obeyed', async t => {
  t.equal(printable('a\u001b[2J\u0007\tb\u007f\u0085'), 'a␛[2J␇\tb␡\\x85')
  t.equal(printable('abc\u202edcb'), 'abc\ufffddcb')
})

t.test('an event in lines', async t => {
  const at = new Date(2026, 0, 31, 9, 5, 7)
  t.equal(localTime(at, true), '2026-01-31 09:05:07')
  const event = { id: 1, at: at.toISOString(), level: 'error' as const, reason: 'MigrationFailed', message: 'It\nfailed.', data: { output: ['one\u001b[0m', 2, 'three'] } }
  t.strictSame(eventLines(event, (style, text) => style === 'dim' ? text : `<${style} ${text}>`), ['09:05:07  <red MigrationFailed>  It failed.', '    | one␛[0m', '    | three'])
  t.strictSame(eventLines({ ...event, level: 'info', data: null }, (_style, text) => text), ['09:05:07  MigrationFailed  It failed.'])
})
