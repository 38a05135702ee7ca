import t from 'tap'
import { attempt, lastLines, run } from '../../deploy/command.ts'

t.test('output, input, environment and status', async t => {
  t.equal(await run('sh', ['-c', 'cat; printf "$WORD"'], { input: 'in ', env: { WORD: 'env' } }), 'in env')
  t.equal((await attempt('sh', ['-c', 'exit 3'])).code, 3)
  t.equal((await attempt('no-such-command', [])).code, 127)
  t.equal((await attempt('sleep', ['60'], { timeoutMs: 10 })).code, 124)
})

t.test('a failure says what was run and what it said, never its environment', async t => {
  const failing = run('sh', ['-c', 'echo why >&2; exit 2'], { env: { SECRET: 'hidden' } })
  await t.rejects(failing, { message: 'sh -c echo why >&2; exit 2 failed (2):\nwhy' })
})

t.test('a command that ignores its input is judged by its status', async t => {
  t.equal(await run('true', [], { input: 'x'.repeat(1_000_000) }), '')
})

t.test('the last lines', async t => {
  t.equal(lastLines('a\nb\nc\n', 2), 'b\nc')
})
