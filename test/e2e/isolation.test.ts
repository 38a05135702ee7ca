import t from 'tap'
import { attempt, run } from '../../deploy/command.ts'
import type { Outcome } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers } from '../world/tenants.ts'

const ground = await layGround(t, 'wall', 6)
const provisioner = await startProvisioner(t, ground)
await createRelease(provisioner)
const acme = await createTenant(provisioner, 'acme')
const umbra = await createTenant(provisioner, 'umbra')
const [inside] = await tenantContainers(ground, acme.id) as [string]
const [other] = await tenantContainers(ground, umbra.id) as [string]
const gatewayAddress = ground.env.BERTH_TENANT_SUBNET?.replace('.0/20', '.1') as string

const addressOf = async (container: string): Promise<string> =>
  (await run('docker', ['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container])).trim()

/** Runs a Node program in acme's container, with its environment; it prints what it got. */
const tryInside = async (program: string): Promise<Outcome> =>
  await attempt('docker', ['exec', inside, 'node', '--input-type=module', '--eval', program], { timeoutMs: 60_000 })

const connect = async (host: string, port: number): Promise<string> => (await tryInside(`
  import { connect } from 'node:net'
  const socket = connect({ host: '${host}', port: ${port} })
  socket.setTimeout(2000, () => { console.log('timeout'); process.exit() })
  socket.on('connect', () => { console.log('connected'); process.exit() })
  socket.on('error', err => { console.log(err.code); process.exit() })`)).stdout.trim()

/** Logs in from acme's container, with its credentials unless others are named. */
const logIn = async (database: string, change = ''): Promise<string> => (await tryInside(`
  import pg from 'pg'
  const url = new URL(process.env.DATABASE_URL)
  url.pathname = '/${database}'
  ${change}
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 3000 })
  try { await client.connect(); console.log('connected') } catch (err) { console.log(err.code ?? err.message) }
  process.exit()`)).stdout.trim()

const UNREACHABLE = /^(timeout|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/
/** invalid_authorization_specification: pg_hba.conf has no entry, or rejects. */
const REJECTED = '28000'

t.test('the checks can succeed: its own database and its own port are reached', async t => {
  t.equal(await logIn(acme.id), 'connected')
  t.equal(await connect('127.0.0.1', 3000), 'connected')
})

t.test('network', async t => {
  t.match(await connect(await addressOf(other), 3000), UNREACHABLE, 'another tenant\'s container')
  for (const host of ['127.0.0.1', gatewayAddress]) {
    t.match(await connect(host, ground.redis.port), UNREACHABLE, `Redis on ${host}`)
    t.match(await connect(host, provisioner.port), UNREACHABLE, `the API on ${host}`)
  }
  const { stdout } = await tryInside("import { networkInterfaces } from 'node:os'; console.log(JSON.stringify(Object.values(networkInterfaces()).flat().filter(i => i.family === 'IPv6' && !i.internal)))")
  t.equal(stdout.trim(), '[]', 'no IPv6 address by which the rules could be passed')
  t.match((await tryInside("import { createSocket } from 'node:dgram'; console.log((await import('node:fs')).readFileSync('/proc/self/status', 'utf8').match(/CapEff:\\s*(\\w+)/)[1])")).stdout.trim(), /^0+$/,
    'no capability, so no raw sockets and no forged addresses')
})

t.test('database', async t => {
  t.equal(await logIn(umbra.id), REJECTED, 'another tenant\'s database')
  t.equal(await logIn('postgres'), REJECTED)
  t.equal(await logIn('template1'), REJECTED)
  t.equal(await logIn('berth_control'), REJECTED)
  t.equal(await logIn(umbra.id, `url.username = '${umbra.id}'`), '28P01', 'another tenant\'s role, with acme\'s password')
  t.equal(await logIn('postgres', "url.username = 'berth_admin'; url.password = 'x'"), REJECTED)
  t.equal(await logIn('berth_control', `url.username = 'berth_control'; url.password = '${ground.postgres.controlPassword}'`), REJECTED, 'even with the right password')
})

t.test('what its role may do', async t => {
  const ask = async (sql: string): Promise<string> => (await tryInside(`
    import pg from 'pg'
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
    await client.connect()
    try { console.log(JSON.stringify((await client.query(${JSON.stringify(sql)})).rows)) } catch (err) { console.log(err.code) }
    process.exit()`)).stdout.trim()
  const DENIED = '42501'
  t.equal(await ask('CREATE DATABASE mine'), DENIED)
  t.equal(await ask('CREATE ROLE mine'), DENIED)
  t.equal(await ask('SET temp_file_limit = -1'), DENIED)
  t.equal(await ask('ALTER ROLE CURRENT_USER CONNECTION LIMIT 1000'), DENIED)
  t.equal(await ask(`SET ROLE ${umbra.id}`), DENIED)
  t.equal(await ask("COPY (SELECT 1) TO PROGRAM 'id'"), DENIED)
  t.equal(await ask("SELECT pg_read_file('/etc/passwd')"), DENIED)
  t.equal(await ask('SELECT rolpassword FROM pg_authid'), DENIED)
  t.equal(await ask("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"), '[{"setting":"60000"}]')
  const held = await tryInside(`
    import pg from 'pg'
    let count = 0
    try { for (; count < 100; count++) await new pg.Client({ connectionString: process.env.DATABASE_URL }).connect() } catch (err) { console.log(err.code) }
    process.exit()`)
  t.equal(held.stdout.trim(), '53300', 'its connections are limited')
})

t.test('process', async t => {
  const write = async (path: string): Promise<string> => (await tryInside(`
    import { writeFileSync } from 'node:fs'
    try { writeFileSync('${path}', 'x'); console.log('written') } catch (err) { console.log(err.code) }`)).stdout.trim()
  t.equal(await write('/tmp/x'), 'written')
  for (const path of ['/x', '/etc/x', '/var/x', '/opt/x', '/data/x']) t.match(await write(path), /^(EROFS|EACCES|ENOENT)$/, path)
  t.match((await tryInside("import { existsSync } from 'node:fs'; console.log(existsSync('/var/run/docker.sock') || existsSync('/run/docker.sock'))")).stdout, 'false')
  const status = await run('docker', ['exec', inside, 'cat', '/proc/1/status'])
  t.match(status, /^NoNewPrivs:\t1$/m)
  t.match(status, /^CapEff:\t0+$/m)
  t.match(status, /^CapBnd:\t0+$/m)
  t.match(status, /^Seccomp:\t2$/m)
  t.notMatch(status, /^Uid:\t0\t/m)
  t.match((await tryInside("try { process.setuid(0); console.log('root') } catch (err) { console.log(err.code) }")).stdout.trim(), 'EPERM')
  t.not((await attempt('docker', ['exec', inside, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'])).code, 0)
})

t.test('a fork bomb meets the limit of processes, and the neighbour does not notice', async t => {
  const { stdout } = await tryInside(`
    import { spawn } from 'node:child_process'
    const children = []
    const failed = await new Promise(resolve => {
      for (let i = 0; i < 400; i++) {
        const child = spawn('sleep', ['30'])
        child.on('error', err => resolve(err.code))
        children.push(child)
      }
      setTimeout(() => resolve('none'), 20000)
    })
    for (const child of children) child.kill('SIGKILL')
    console.log(failed)
    process.exit()`)
  t.match(stdout.trim(), /^(EAGAIN|ENOMEM)$/)
  t.match((await run('docker', ['exec', other, 'node', '--eval', "fetch('http://127.0.0.1:3000/healthz').then(res => console.log(res.status))"])).trim(), '200')
})

t.test('more memory than its own ends it, not the machine', async t => {
  const { code } = await tryInside('const held = []; for (;;) held.push(Buffer.alloc(2 ** 24, 1))')
  t.equal(code, 137)
})
