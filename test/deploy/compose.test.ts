import { readFileSync } from 'node:fs'
import t from 'tap'

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Set by the images or by whoever runs a service elsewhere than here. */
const ELSEWHERE = /^BERTH_(CONTROL_DATABASE_(NAME|USER)|DATABASE_ADMIN_USER|TENANT_DATABASE_HOST)$/

for (const service of ['gateway', 'provisioner']) {
  t.test(`compose.yaml passes on every variable that the ${service} reads`, async t => {
    const read = new Set(text(`${service}/config.ts`).match(/\bBERTH_[A-Z_]+\b/g))
    const section = text('deploy/compose.yaml').split(`\n  ${service}:\n`)[1]?.split(/\n {2}\w+:\n/)[0] as string
    for (const name of read) {
      if (ELSEWHERE.test(name) || name.startsWith('BERTH_REDIS_')) continue
      t.match(section, new RegExp(`^ {6}${name}:`, 'm'), name)
    }
  })
}
