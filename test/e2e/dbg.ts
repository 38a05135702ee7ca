import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
const undo: any[] = []
const t = { teardown: (f: any) => { undo.push(f) } }
const ground = await layGround(t, 'apiloop', 15)
for (let i = 0; i < 12; i++) {
  const p = await startProvisioner(t, ground)
  const all = await Promise.all(Array.from({ length: 6 }, (_, n) => p.api('POST', '/v1/releases', { version: `${i}-${n}`, image: 'nope' })))
  const t1 = await Promise.all(Array.from({ length: 6 }, (_, n) => p.api('POST', '/v1/tenants', { slug: `s${i}-${n}` })))
  console.log(i, all.map(a => a.status).join(), t1.map(a => a.status).join())
  if (all.some(a => a.status !== 201)) console.log(p.output())
  if (i % 2) await p.kill(); else console.log(await p.stop())
}
for (const u of undo.reverse()) await u()
