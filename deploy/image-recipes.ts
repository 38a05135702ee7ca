import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How an image is made, and from which files: a change of any of them makes another version. */
export interface Recipe {
  name: string
  /** The build context, in the checkout. */
  context: string
  dockerfile: string
  target?: string
  /** A version of its own beside the newest: a word in the tag. */
  variant?: string
  args?: Readonly<Record<string, string>>
  /** Only tests need it. */
  forTests?: boolean
  inputs: readonly string[]
  /** Old versions are removed when nothing runs on them. A sample release keeps naming the version it was made with. */
  keepOld?: boolean
}

export const BASE: Recipe = {
  name: 'berth-base', context: 'deploy/base', dockerfile: 'deploy/base/Dockerfile', inputs: ['deploy/base']
}

const NODE_INPUTS = ['deploy/node', 'package.json', 'package-lock.json', '.npmrc', '.dockerignore']

const SAMPLE: Recipe = {
  name: 'berth-tenant-app',
  context: '.',
  dockerfile: 'deploy/node/Dockerfile',
  target: 'berth-tenant-app',
  inputs: [...NODE_INPUTS, 'tenant-app'],
  keepOld: true
}

/** Needs the sample, whose tag it is built on. */
const bad = (variant: string): Recipe => ({
  name: SAMPLE.name, context: 'test/images', dockerfile: 'test/images/Dockerfile', target: variant, variant, forTests: true, inputs: [...SAMPLE.inputs, 'test/images']
})

export const RECIPES: readonly Recipe[] = [
  { name: 'berth-postgres', context: 'deploy/postgres', dockerfile: 'deploy/postgres/Dockerfile', inputs: ['deploy/postgres'] },
  { name: 'berth-redis', context: 'deploy/redis', dockerfile: 'deploy/redis/Dockerfile', inputs: ['deploy/redis'] },
  { name: 'berth', context: '.', dockerfile: 'deploy/node/Dockerfile', target: 'berth', inputs: [...NODE_INPUTS, 'gateway', 'provisioner'] },
  SAMPLE,
  { ...SAMPLE, variant: 'v1', args: { BERTH_SAMPLE_VERSION: '1' } },
  { ...SAMPLE, variant: 'v2', args: { BERTH_SAMPLE_VERSION: '2' } },
  bad('never-healthy'),
  bad('migrate-fails'),
  bad('migrate-fails-on-data'),
  bad('exits')
]

/** What a recipe's image is known by: its name, with the variant behind a colon. */
export function keyOf ({ name, variant }: Recipe): string {
  return variant === undefined ? name : `${name}:${variant}`
}

/** Twelve hex digits that stand for the content of a recipe's inputs and of the base under them. */
export async function recipeVersion (root: string, recipe: Recipe): Promise<string> {
  const hash = createHash('sha256').update(recipe.target ?? '').update(JSON.stringify(recipe.args ?? ''))
  const inputs = recipe === BASE ? recipe.inputs : [...BASE.inputs, ...recipe.inputs]
  for (const input of inputs) {
    for (const file of await filesOf(root, input)) {
      const content = await readFile(join(root, file))
      // Lengths keep apart what would read the same when strung together.
      hash.update(`${file}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex').slice(0, 12)
}

async function filesOf (root: string, input: string): Promise<string[]> {
  const entries = await readdir(join(root, input), { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null
    throw error
  })
  if (entries === null) return [input]
  return entries
    .filter(entry => entry.isFile() && entry.name !== 'README.md' && !entry.name.endsWith('.png'))
    .map(entry => join(entry.parentPath.slice(join(root, '/').length), entry.name))
    .filter(file => !file.includes('node_modules/'))
    .sort()
}
