// npm start: from whatever is there to a healthy installation with a demo tenant. Each step looks before it does.
import { composeUp } from './compose.ts'
import { ensureDemoTenant, ensureSampleRelease } from './demo.ts'
import { ensureInstallation } from './installation.ts'
import { checkPorts } from './ports.ts'
import { prepareMachine } from './prepare.ts'
import { runCommand, say, seconds, step } from './say.ts'
import { summary } from './summary.ts'
import { ensureTenantNetwork } from './tenant-network.ts'

await runCommand(async () => {
  const { made, ...installation } = await ensureInstallation()
  const { settings, envFile } = installation
  await step('Settings', () => `${envFile}${made ? ', made with fresh secrets' : ''}`)
  const images = await prepareMachine(settings.BERTH_BASE_IMAGE)
  await step('Ports', () => checkPorts(settings))
  await step('Tenants\' network', () => ensureTenantNetwork(settings.BERTH_INSTALLATION, settings.BERTH_TENANT_SUBNET))
  await step('Services', () => composeUp(installation, images))
  await step('Sample release', () => ensureSampleRelease(settings, images))
  if (settings.BERTH_DEMO_TENANT !== '') await step('Demo tenant', () => ensureDemoTenant(settings))
  say(`\nBerth is up after ${seconds(performance.now())}.\n\n${summary(settings, envFile)}\n`)
})
