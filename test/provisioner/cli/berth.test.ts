import t from 'tap'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../../../provisioner/cli/program.ts'
import { Terminal } from '../../../provisioner/cli/terminal.ts'

const PROGRAM = fileURLToPath(new URL('../../../provisioner/cli/berth.js', import.meta.url))
const ENV = { HOME: t.testdir({}), BERTH_TOKEN: 'x', NO_COLOR: '1' }

/** Every Node on this machine's PATH: the project's own, and that of the host, which may be older than what the program is written for. */
const nodes = new Set([process.execPath, ...(process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'node')).filter(existsSync)])

function berth (node: string, ...args: string[]) {
  return spawnSync(node, [PROGRAM, ...args], { encoding: 'utf8', env: ENV, cwd: ENV.HOME })
}

for (const node of nodes) {
  t.test(`runs with Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`, async t => {
    const { stdout, status } = berth(node, '--help')
    t.equal(status, 0)
    t.match(stdout, /^Usage: berth \[options\] \[command\]/)
    t.equal(berth(node, 'nonsense').status, 2, 'the exit code comes through')
    t.match(berth(node, '--version').stdout, /^\d+\.\d+\.\d+\n$/)
  })
}

t.test('says what is wrong with a command line', async t => {
  for (const [args, said] of [
    [['tenant', 'lst'], "berth: unknown command 'lst'\n(Did you mean one of list, ls?)"],
    [['tenants', 'create', 'a', 'b'], 'too many arguments'],
    [['tenants', 'update', 'a'], 'There is nothing to change'],
    [['rollouts', 'create', '1', '--waves', '0'], 'It is a whole number from 1 to 100'],
    [['rollouts', 'create', '1', '--canary', 'some'], '--canary is a number of tenants'],
    [['tokens', 'create', 'ci'], "required option '--scope <scope>' not specified"],
    [['usage', 'acme', '--csv'], 'CSV has the sums of all tenants'],
    [['tenants', 'get', '..'], '".." is no name'],
    [['deploy', 'a', '1', '--timeout', 'soon'], 'It is a span of time']
  ] as const) {
    const { stderr, stdout, status } = berth(process.execPath, ...args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, said)
    t.equal(stdout, '')
  }
})

t.test('every command has help of its own', async t => {
  const seen: string[] = []
  const look = async (path: string[]): Promise<void> => {
    const stdout = new PassThrough()
    const terminal = new Terminal({ stdin: new PassThrough(), stdout, stderr: new PassThrough() }, {})
    t.equal(await run([...path, '--help'], { terminal, env: {}, cwd: '/', signal: new AbortController().signal }), 0, path.join(' '))
    const commands = /\nCommands:\n([^]*?)(?:\n\n|$)/.exec(String(stdout.read()))?.[1] ?? ''
    for (const [, name = ''] of commands.matchAll(/^ {2}([a-z]+)/gm)) {
      if (name === 'help') continue
      seen.push([...path, name].join(' '))
      await look([...path, name])
    }
  }
  await look([])
  for (const name of ['tenants delete', 'domains add', 'deploy', 'rollback', 'rollouts watch', 'releases create', 'logs', 'events', 'tokens revoke', 'audit export', 'usage', 'whoami', 'overview', 'webhooks redeliver']) {
    t.ok(seen.includes(name), name)
  }
})
