// Removes what aborted test runs left on the engine: installations of tests are called bt-<word>. What is younger than
// an hour may belong to a run that goes on beside this one, and a test removes the leftovers of its own name itself.
import { findBelongings, installations, removeBelongings } from '../../deploy/belongings.ts'
import { run } from '../../deploy/command.ts'
import { runCommand, step } from '../../deploy/say.ts'

const LEFTOVER_AGE_MS = 3_600_000

await runCommand(() => step('Leftovers', async () => {
  const left: string[] = []
  for (const name of (await installations()).filter(name => name.startsWith('bt-'))) {
    if (Date.now() - await youngest(name) > LEFTOVER_AGE_MS) left.push(name)
  }
  for (const name of left) await removeBelongings(name)
  return left.length === 0 ? 'none' : `removed ${left.join(', ')}`
}))

async function youngest (installation: string): Promise<number> {
  const { containers, volumes, networks } = await findBelongings(installation)
  const made = await Promise.all([
    datesOf(['inspect', '--format', '{{json .Created}}'], containers),
    datesOf(['volume', 'inspect', '--format', '{{json .CreatedAt}}'], volumes),
    datesOf(['network', 'inspect', '--format', '{{json .Created}}'], networks)
  ])
  return Math.max(...made.flat())
}

async function datesOf (command: readonly string[], ids: readonly string[]): Promise<number[]> {
  if (ids.length === 0) return []
  const lines = (await run('docker', [...command, ...ids])).split('\n').filter(line => line !== '')
  return lines.map(line => Date.parse(JSON.parse(line) as string))
}
