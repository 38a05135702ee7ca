// npm stop: everything of the installation is stopped, and all is kept; npm start brings it back.
import { stopTenants } from './belongings.ts'
import { compose } from './compose.ts'
import { readInstallation } from './installation.ts'
import { runCommand, say, step } from './say.ts'

await runCommand(async () => {
  const installation = await readInstallation()
  // The provisioner first, which would start the tenants again; PostgreSQL after them, which they use.
  await step('Gateway and provisioner', async () => {
    await compose(installation, ['stop', 'gateway', 'provisioner'])
    return 'stopped'
  })
  await step('Tenants', async () => `${await stopTenants(installation.settings.BERTH_INSTALLATION)} stopped`)
  await step('Databases', async () => {
    await compose(installation, ['stop'])
    return 'stopped'
  })
  say('\nAll data is kept. npm start brings everything back.')
})
