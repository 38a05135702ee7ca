// npm run reset: removes all that the installation made on this machine. The images stay, which other installations
// use and which are made again from the checkout; `-- --images` removes them too. `-- --yes` does not ask.
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { findBelongings, installations, removeBelongings } from './belongings.ts'
import { ensureRunningEngine, hasEngine } from './engine.ts'
import { removeImages } from './images.ts'
import { nameInstallation, ROOT } from './installation.ts'
import { runCommand, say, step } from './say.ts'

await runCommand(async () => {
  const { values } = parseArgs({ options: { yes: { type: 'boolean', short: 'y' }, images: { type: 'boolean' } } })
  // Not by its settings: a file that is damaged or gone must not keep the rest from being removed.
  const { installation, envFile } = await nameInstallation()
  const engine = await hasEngine()
  if (engine) await step('Docker engine', ensureRunningEngine)

  const mine = engine ? await findBelongings(installation) : { tenants: [], containers: [], volumes: [], networks: [] }
  say(`\nThis removes the installation ${installation}: ${mine.containers.length} containers (${mine.tenants.length} of tenants), ` +
    `${mine.volumes.length} volumes with all data, ${mine.networks.length} networks, and ${envFile}.\n`)
  if (values.yes !== true && !await confirmed(installation)) return

  if (engine) {
    await step('Containers, volumes, networks', async () => {
      await removeBelongings(installation)
      return 'removed'
    })
  }
  await step('Settings and secrets', async () => {
    const path = resolve(ROOT, envFile)
    const there = existsSync(path)
    await rm(path, { force: true })
    return there ? `${envFile} removed` : 'none'
  })
  if (engine && values.images === true) {
    const others = await installations()
    await step('Images', () => others.length > 0 ? `kept for ${others.join(', ')}` : removeImages())
  }
})

async function confirmed (installation: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('Nobody is there to confirm it: npm run reset -- --yes removes it without asking.')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Type ${installation} to remove it: `)
  terminal.close()
  if (answer.trim() === installation) return true
  say('Nothing was removed.')
  return false
}
