import { chmod, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import type { Route } from '../../gateway/route-record.ts'
import { formatSnapshot, parseSnapshot, RouteSnapshot } from '../../gateway/route-snapshot.ts'
import { waitFor } from '../world/wait-for.ts'

const log = pino({ level: 'silent' })
const route: Route = {
  tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo\n2', epoch: 1, state: 'active', instance: 'i1', upstream: { address: '10.209.0.2', port: 80 }
}
const routes: Array<[Hostname, Route]> = [['a.example' as Hostname, route], ['b.example' as Hostname, { ...route, slug: 'b' }]]

t.test('what is formatted is parsed, in pieces or not', async t => {
  const many = Array.from({ length: 2500 }, (_, i) => [`h${i}.example`, route] as [Hostname, Route])
  const pieces = [...formatSnapshot(many)]
  t.equal(pieces.length, 3)
  t.strictSame(parseSnapshot(pieces.join('')), many)
  t.strictSame([...formatSnapshot([])], [])
  t.equal([...formatSnapshot(many.slice(0, 1000))].length, 1)
})

t.test('what is no route is skipped', async t => {
  const [line] = formatSnapshot(routes.slice(0, 1))
  t.strictSame(parseSnapshot(`nonsense\n10.0.0.1 {}\na.example {"v":2}\n\n${line}c.example {"v":1`), routes.slice(0, 1))
})

t.test('written, and read again', async t => {
  const dir = t.testdir()
  const file = join(dir, 'routes')
  const snapshot = new RouteSnapshot(file, () => routes, log)
  await snapshot.flush()
  t.strictSame(await readdir(dir), [], 'nothing has changed yet')
  snapshot.schedule()
  await snapshot.flush()
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.strictSame(await readdir(dir), ['routes'])
  const read = await snapshot.read()
  t.strictSame(read.routes, routes)
  t.ok(read.ageMs < 60_000)
})

t.test('a change is written by itself', async t => {
  const file = join(t.testdir(), 'routes')
  const snapshot = new RouteSnapshot(file, () => routes, log)
  // What it waits with does not keep a process alive; this does.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => { clearInterval(alive) })
  snapshot.schedule()
  snapshot.schedule()
  t.match(await waitFor('the snapshot', () => readFile(file, 'utf8')), /^a\.example \{.*\}\nb\.example/)
})

t.test('touch says that it is current, unless it is not', async t => {
  const file = join(t.testdir(), 'routes')
  const snapshot = new RouteSnapshot(file, () => routes, log)
  snapshot.schedule()
  await snapshot.flush()
  const old = new Date(0)
  await utimes(file, old, old)
  t.ok((await snapshot.read()).ageMs > 1e9)
  snapshot.schedule()
  await snapshot.touch()
  t.ok((await snapshot.read()).ageMs > 1e9)
  await snapshot.flush()
  await utimes(file, old, old)
  await snapshot.touch()
  t.ok((await snapshot.read()).ageMs < 60_000)
})

t.test('a file that is absent or cannot be read or written stops nothing', async t => {
  const dir = t.testdir({ directory: {} })
  t.strictSame(await new RouteSnapshot(join(dir, 'none'), () => routes, log).read(), { routes: [], ageMs: Infinity })
  t.strictSame(await new RouteSnapshot(join(dir, 'directory'), () => routes, log).read(), { routes: [], ageMs: Infinity })

  const nowhere = new RouteSnapshot(join(dir, 'none', 'routes'), () => routes, log)
  nowhere.schedule()
  await nowhere.flush()
  await nowhere.touch()

  const onDirectory = new RouteSnapshot(join(dir, 'directory'), () => routes, log)
  onDirectory.schedule()
  await onDirectory.flush()
  t.strictSame(await readdir(dir), ['directory'], 'no temporary file stays')

  await writeFile(join(dir, 'binary'), Buffer.from([0, 255, 10, 32]))
  await chmod(join(dir, 'binary'), 0o600)
  t.strictSame((await new RouteSnapshot(join(dir, 'binary'), () => routes, log).read()).routes, [])
})
