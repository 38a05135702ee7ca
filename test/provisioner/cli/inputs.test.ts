import t from 'tap'
import { limit, parseVariables, sizeOrDefault, variable } from '../../../provisioner/cli/options.ts'
import { newRelease } from '../../../provisioner/cli/release-input.ts'
import { newRollout } from '../../../provisioner/cli/rollout-input.ts'
import { newTenant, tenantPatch } from '../../../provisioner/cli/tenant-input.ts'

t.test('options to the body of a tenant', async t => {
  t.strictSame(newTenant('acme', {}), { slug: 'acme' })
  t.strictSame(newTenant('acme', { name: 'Acme', domain: ['a.example'], env: { A: '2' }, envFile: { A: '1', B: '' }, limit: { burst: 5 } }),
    { slug: 'acme', name: 'Acme', domains: ['a.example'], env: { A: '2', B: '' }, limits: { burst: 5 } })
  t.equal(tenantPatch({}), null)
  t.strictSame(tenantPatch({ name: '' }), { name: '' }, 'what is empty is the API\'s to refuse')
  t.strictSame(tenantPatch({ env: { A: '1' }, unsetEnv: ['B'], memory: null, cpus: 0.5, limit: { burst: null } }),
    { env: { A: '1', B: null }, resources: { memoryBytes: null, cpus: 0.5 }, limits: { burst: null } })
})

t.test('options to the body of a release', async t => {
  t.strictSame(newRelease('1', { image: 'app' }), { version: '1', image: 'app' })
  t.match(newRelease('1', { image: 'app', migrate: 'rake db:migrate', memory: 1024, volume: true }), { migrate: 'rake db:migrate', resources: { memoryBytes: 1024 }, volume: true })
  t.match(newRelease('1', { image: 'app', migrate: '["node", "migrate.ts"]' }), { migrate: ['node', 'migrate.ts'] })
  t.match(newRelease('1', { image: 'app', migrate: '[ -e x ] && y' }), { migrate: '[ -e x ] && y' }, 'a command of the shell')
  t.equal(newRelease('1', { image: 'app', migrate: '["node", 1]' }), null)
  t.equal(newRelease('1', { image: 'app', migrate: '["node"' }), null)
})

t.test('options to the body of a rollout', async t => {
  t.strictSame(newRollout('2', {}), { release: '2' })
  t.strictSame(newRollout('2', { tenants: ['a', 'b'], canary: '1', maxFailures: 0 }), { release: '2', tenants: ['a', 'b'], canary: 1, maxFailures: 0 })
  t.strictSame(newRollout('2', { slugPrefix: 'eu-', from: '1', canary: '10%' }), { release: '2', tenants: { slug: 'eu-', release: '1' }, canary: '10%' })
  for (const wrong of [{ tenants: ['a'], search: 'b' }, { canary: '0' }, { canary: '101%' }, { canary: 'some' }]) t.throws(() => newRollout('2', wrong), /^(CliError: )?--(tenants|canary)/)
})

t.test('values of options', async t => {
  t.strictSame(variable('B=x=y', { A: '1' }), { A: '1', B: 'x=y' })
  t.strictSame(variable('A='), { A: '' })
  for (const wrong of ['A', '=x', '1A=x', 'A B=x']) t.throws(() => variable(wrong), { code: 'commander.invalidArgument' }, wrong)
  t.strictSame(limit('bodyBytes=1m'), { bodyBytes: 2 ** 20 })
  t.strictSame(limit('burst=default', { queue: 1 }), { queue: 1, burst: null })
  for (const wrong of ['burst', 'burst=', 'burst=many', '=1']) t.throws(() => limit(wrong), { code: 'commander.invalidArgument' }, wrong)
  t.equal(sizeOrDefault('default'), null)
  t.strictSame(parseVariables('# comment\n\nA=1\nexport B="two words"\r\nC=\'#\'\nD=a=b\n'), { A: '1', B: 'two words', C: '#', D: 'a=b' })
  t.throws(() => parseVariables('A=1\nnonsense'), /Line 2/)
})
