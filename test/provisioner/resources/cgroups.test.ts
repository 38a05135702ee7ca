import t from 'tap'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readCgroups } from '../../../provisioner/resources/cgroups.ts'
import { usageOf } from '../../../provisioner/resources/engine-statistics.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

function files (root: string, all: Record<string, string>): string {
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const unified = (parent: string) => ({
  'cgroup.controllers': 'cpu memory\n',
  [`${parent}/cpu.stat`]: 'usage_usec 123456\nuser_usec 1\n',
  [`${parent}/memory.current`]: '1000\n',
  [`${parent}/memory.stat`]: 'anon 5\ninactive_file 300\nactive_file 1\n'
})
const legacy = (cpu: string, parent: string) => ({
  [`${cpu}/${parent}/cpuacct.usage`]: '123456789\n',
  [`memory/${parent}/memory.usage_in_bytes`]: '1000\n',
  [`memory/${parent}/memory.stat`]: 'cache 5\ninactive_file 1\ntotal_inactive_file 300\n'
})
const USAGE = { cpuUs: 123456, memoryBytes: 700 }
const LEGACY = { cpuUs: 123457, memoryBytes: 700 }

t.test('where containers are', async t => {
  const cases: Array<[string, Record<string, string>, typeof USAGE]> = [
    ['version 2, the engine\'s own driver', unified(`docker/${A}`), USAGE],
    ['version 2, systemd', unified(`system.slice/docker-${A}.scope`), USAGE],
    ['version 1', legacy('cpuacct', `docker/${A}`), LEGACY],
    ['version 1, controllers together, systemd', legacy('cpu,cpuacct', `system.slice/docker-${A}.scope`), LEGACY]
  ]
  for (const [what, all, usage] of cases) t.strictSame(await readCgroups(files(t.testdir({}), all)), new Map([[A, usage]]), what)
})

t.test('what cannot be read', async t => {
  t.equal(await readCgroups(join(t.testdir({}), 'nowhere')), null)
  t.equal(await readCgroups(files(t.testdir({}), { 'cgroup.controllers': '' })), null, 'no container of the engine')
  const root = files(t.testdir({}), { ...unified(`docker/${A}`), [`docker/${B}/cpu.stat`]: 'usage_usec 1\n', 'docker/buildkit/cpu.stat': '' })
  t.strictSame(await readCgroups(root), new Map([[A, USAGE]]), 'one that ended meanwhile, and what is no container, are left out')
})

t.test('the engine\'s statistics', async t => {
  const of = (stats?: Record<string, number>) => usageOf({ cpu_stats: { cpu_usage: { total_usage: 123456789 } }, memory_stats: { usage: 1000, ...(stats === undefined ? {} : { stats }) } })
  t.strictSame(of({ inactive_file: 1, total_inactive_file: 300 }), LEGACY, 'version 1')
  t.strictSame(of({ inactive_file: 300 }), LEGACY, 'version 2')
  t.strictSame(of(), { cpuUs: 123457, memoryBytes: 1000 })
  t.equal(usageOf({ cpu_stats: {}, memory_stats: {} }), null, 'it does not run')
})
