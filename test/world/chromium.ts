// The browser of the tests, when run by itself: sees to it that there is one, as root from the distribution's packages.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installPackages, readHost } from '../../deploy/host.ts'
import { runCommand, step } from '../../deploy/say.ts'
import type { Note } from '../../deploy/say.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** Where Chromium is on this machine, or null. */
export function findChromium (path = process.env.PATH ?? ''): string | null {
  for (const directory of [...path.split(delimiter), '/usr/bin', '/snap/bin']) {
    for (const name of NAMES) {
      const file = join(directory, name)
      if (isExecutable(file)) return file
    }
  }
  return null
}

export async function ensureChromium (note: Note): Promise<string> {
  const there = findChromium()
  if (there !== null) return there
  const host = await readHost()
  // Ubuntu's package of this name is a snap, which a container has not.
  if (!host.apt || !host.root || host.distribution !== 'debian') throw new Error('The tests of the console need Chromium. On Debian, as root, they install it; here install it by hand.')
  note('installing chromium')
  // It draws no text without a font, and recommends one only.
  await installPackages(['chromium', 'fonts-dejavu-core'])
  const installed = findChromium()
  if (installed === null) throw new Error('Chromium is not found after its package was installed.')
  return installed
}

function isExecutable (file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) await runCommand(async () => await step('Chromium', ensureChromium))
