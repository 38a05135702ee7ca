// npm run logs [-- SERVICE… or options of docker compose logs]: follows on a terminal, prints the last lines elsewhere.
import { composeInteractive } from './compose.ts'
import { readInstallation } from './installation.ts'
import { runCommand } from './say.ts'

await runCommand(async () => {
  const installation = await readInstallation()
  const follow = process.stdout.isTTY ? ['--follow'] : []
  process.exitCode = await composeInteractive(installation, ['logs', ...follow, '--tail', '100', ...process.argv.slice(2)])
})
