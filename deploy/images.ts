import { provideRoot } from './base-image.ts'
import { makeBuildSecrets } from './build-secrets.ts'
import { attempt, lastLines, run } from './command.ts'
import { BASE, keyOf, RECIPES, recipeVersion } from './image-recipes.ts'
import type { Recipe } from './image-recipes.ts'
import { ROOT } from './installation.ts'
import type { Note } from './say.ts'

/** Key of a recipe → `name:version` of what the checkout describes: determined once in a run, as files may change meanwhile. */
export type Images = ReadonlyMap<string, string>

export async function describeImages (withTests = false): Promise<Images> {
  const recipes = RECIPES.filter(recipe => withTests || recipe.forTests !== true)
  const versions = await Promise.all(recipes.map(async recipe => [keyOf(recipe), await reference(recipe)] as const))
  return new Map(versions)
}

/** Builds what the engine does not have at this version; `latest` follows. Returns what was done, for people. */
export async function ensureImages (images: Images, baseImage: string, note: Note): Promise<string> {
  const present = await presentImages()
  const absent: Recipe[] = []
  for (const recipe of RECIPES) {
    const image = images.get(keyOf(recipe))
    if (image === undefined) continue
    if (!present.has(image)) absent.push(recipe)
    // Tests and people name images without a version.
    else if (present.get(image) !== present.get(aliasOf(recipe))) await run('docker', ['tag', image, aliasOf(recipe)])
  }
  if (absent.length === 0) return `all ${images.size} are up to date`

  const secrets = await makeBuildSecrets()
  try {
    const base = await ensureBase(baseImage, present, secrets.args, note)
    note(`building ${absent.map(keyOf).join(', ')}`)
    // What is built on another of them comes after it. The others side by side: they mostly wait for packages.
    for (const wave of [absent.filter(({ forTests }) => forTests !== true), absent.filter(({ forTests }) => forTests === true)]) {
      const builds = await Promise.allSettled(wave.map(async recipe => {
        const image = images.get(keyOf(recipe)) as string
        await build(recipe, image, [...secrets.args, '--build-arg', `BASE=${base}`, '--build-arg', `SAMPLE=${images.get('berth-tenant-app') as string}`])
        if (recipe.keepOld !== true && recipe.variant === undefined) await removeOld(recipe, image, present)
      }))
      const failures = builds.flatMap(result => result.status === 'rejected' ? [(result.reason as Error).message] : [])
      if (failures.length > 0) throw new Error(failures.join('\n'))
    }
  } finally {
    await secrets.remove()
  }
  return `built ${absent.map(keyOf).join(', ')}`
}

/** Removes every image that was built here. */
export async function removeImages (): Promise<string> {
  const names: readonly string[] = [BASE.name, ...RECIPES.map(recipe => recipe.name)]
  const mine = [...(await presentImages()).keys()].filter(image => names.includes(image.split(':')[0] as string))
  if (mine.length > 0) await run('docker', ['rmi', '--force', ...mine])
  return `${mine.length} removed`
}

async function ensureBase (baseImage: string, present: ReadonlyMap<string, string>, args: readonly string[], note: Note): Promise<string> {
  const image = await reference(BASE)
  if (present.has(image)) return image
  const root = await provideRoot(baseImage, note)
  note(`building ${BASE.name} from ${root.image}`)
  await build(BASE, image, [...args, '--build-arg', `ROOT=${root.image}`])
  await root.release()
  await removeOld(BASE, image, present)
  return image
}

async function build (recipe: Recipe, image: string, args: readonly string[]): Promise<void> {
  const target = recipe.target === undefined ? [] : ['--target', recipe.target]
  const settings = Object.entries(recipe.args ?? {}).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  // The engine's own builder: another one would not see the base image, and would keep the result to itself.
  const built = await attempt('docker', ['buildx', 'build', '--builder', 'default', '--load', '--progress', 'plain',
    '--file', recipe.dockerfile, ...target, ...args, ...settings, ...proxyArguments(process.env),
    '--tag', image, '--tag', aliasOf(recipe), recipe.context], { cwd: ROOT })
  if (built.code !== 0) throw new Error(`The image ${recipe.name} could not be built:\n${lastLines(built.stderr, 25)}`)
}

/** Build arguments that Docker knows and keeps out of the image's history; named only, so taken from the environment. */
function proxyArguments (env: NodeJS.ProcessEnv): string[] {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
  return names.filter(name => env[name] !== undefined).flatMap(name => ['--build-arg', name])
}

async function removeOld (recipe: Recipe, current: string, present: ReadonlyMap<string, string>): Promise<void> {
  const old = [...present.keys()].filter(image => image.startsWith(`${recipe.name}:`) && image !== current && !image.endsWith(':latest'))
  // One that a container still runs on is refused by the engine, and rightly stays.
  for (const image of old) await attempt('docker', ['rmi', image])
}

async function reference (recipe: Recipe): Promise<string> {
  const version = await recipeVersion(ROOT, recipe)
  return `${recipe.name}:${recipe.variant === undefined ? '' : `${recipe.variant}-`}${version}`
}

function aliasOf ({ name, variant = 'latest' }: Recipe): string {
  return `${name}:${variant}`
}

/** `name:tag` → id. */
async function presentImages (): Promise<Map<string, string>> {
  const list = await run('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', '--filter', 'reference=berth*'])
  return new Map(list.split('\n').filter(line => line !== '').map(line => line.split(' ') as [string, string]))
}
