// Who may import whom, and who may touch what: the rules that keep the parts apart.
import t from 'tap'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const PARTS = ['gateway', 'provisioner', 'tenant-app', 'deploy', 'test'] as const
/** The contract between the gateway, which reads routes and writes usage, and the provisioner, which writes routes and reads usage. */
const CONTRACT = ['gateway/hostname.ts', 'gateway/limits.ts', 'gateway/route-record.ts', 'gateway/usage-record.ts']
const MAX_LINES = 300
const JUNK_DRAWERS = /(^|\/)(utils?|common|helpers?|types|managers?|misc|shared|lib)(\.tsx?)?(\/|$)/

interface Source { path: string, text: string, imports: string[] }

const sources = PARTS.flatMap(part => globSync(`${part}/**/*.{ts,tsx}`, { cwd: root, exclude: ['**/node_modules/**'] }))
  .map(path => read(path.split(sep).join('/')))
const inPart = (part: string): Source[] => sources.filter(({ path }) => path.startsWith(`${part}/`))

function read (path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const specifiers = [...text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm)].map(match => match[1] ?? match[2] ?? match[3] as string)
  const imports = specifiers.map(specifier => specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)).split(sep).join('/') : specifier)
  return { path, text, imports }
}

/** The files of a part that import a package. */
function importersOf (pack: string, part: string): string[] {
  return inPart(part).filter(({ imports }) => imports.some(name => name === pack || name.startsWith(`${pack}/`))).map(({ path }) => path)
}

t.test('the reader sees what there is', async t => {
  t.ok(sources.length > 60)
  t.ok(sources.find(({ path }) => path === 'provisioner/app.ts')?.imports.includes('provisioner/config.ts'))
})

t.test('gateway imports nothing of the other parts', async t => {
  for (const { path, imports } of inPart('gateway')) {
    t.strictSame(imports.filter(name => /^(provisioner|tenant-app|deploy|test)\//.test(name)), [], path)
  }
})

t.test('the provisioner imports the contract from the gateway, and nothing else of other parts', async t => {
  for (const { path, imports } of inPart('provisioner')) {
    t.strictSame(imports.filter(name => /^(gateway|tenant-app|deploy|test)\//.test(name) && !CONTRACT.includes(name)), [], path)
  }
})

t.test('the contract is pure', async t => {
  for (const path of CONTRACT) {
    const allowed = ['node:url', 'node:net', ...CONTRACT]
    t.strictSame(read(path).imports.filter(name => !allowed.includes(name)), [], path)
  }
})

t.test('tenant-app imports nothing of the other parts', async t => {
  for (const { path, imports } of inPart('tenant-app')) {
    t.strictSame(imports.filter(name => /^(gateway|provisioner|deploy|test)\//.test(name)), [], path)
  }
})

t.test('the command line shares nothing with the service but types, and only it imports its packages', async t => {
  const { program, rest } = Object.groupBy(inPart('provisioner'), ({ path }) => path.startsWith('provisioner/cli/') ? 'program' : 'rest')
  for (const { path, text, imports } of program ?? []) {
    const types = [...text.matchAll(/^import type [^'"]*?from\s+'([^']+)'/gm)].map(match => relative(root, join(root, dirname(path), match[1] as string)))
    const foreign = imports.filter(name => PARTS.some(part => name.startsWith(`${part}/`)) && !name.startsWith('provisioner/cli/'))
    t.strictSame(foreign.filter(name => !types.includes(name) || !name.startsWith('provisioner/')), [], path)
  }
  for (const { path, imports } of rest ?? []) t.strictSame(imports.filter(name => name.startsWith('provisioner/cli/')), [], path)
  t.ok(program !== undefined && program.length > 20)
  t.strictSame(importersOf('eventsource-parser', 'provisioner').sort(), ['provisioner/cli/event-stream.ts', 'provisioner/console/ui/api/sse.ts'])
  t.strictSame(importersOf('get-east-asian-width', 'provisioner'), ['provisioner/cli/text-width.ts'])
  t.ok(importersOf('commander', 'provisioner').every(path => path.startsWith('provisioner/cli/')))
})

t.test('production code imports no test', async t => {
  for (const part of ['gateway', 'provisioner', 'tenant-app', 'deploy']) {
    for (const { path, imports } of inPart(part)) t.notOk(imports.some(name => name.startsWith('test/') || name === 'tap'), path)
  }
})

t.test('one importer each for what talks to the outside', async t => {
  t.strictSame(importersOf('dockerode', 'provisioner'), ['provisioner/resources/engine.ts'])
  t.strictSame(importersOf('dockerode', 'gateway'), [])
  t.strictSame(importersOf('ioredis', 'provisioner'), ['provisioner/resources/redis.ts'])
  t.strictSame(importersOf('ioredis', 'gateway'), ['gateway/redis.ts'])
  t.strictSame(importersOf('pg', 'gateway'), [])
  t.strictSame(importersOf('pg', 'provisioner').sort(), [
    'provisioner/database/pool.ts', 'provisioner/queue/presence.ts', 'provisioner/resources/database-content.ts', 'provisioner/resources/template-databases.ts',
    'provisioner/resources/tenant-databases.ts', 'provisioner/resources/tenant-sessions.ts'
  ])
  t.strictSame(importersOf('pg', 'tenant-app'), ['tenant-app/database.ts'])
})

t.test('the console in the browser stands on its own files and on what is bundled with it', async t => {
  const ui = 'provisioner/console/ui/'
  const bundled = /^(?:preact(?:\/hooks)?|@preact\/signals|uplot(?:\/dist\/uPlot\.min\.css)?|eventsource-parser)$/
  for (const { path, imports } of sources.filter(({ path }) => path.startsWith(ui))) {
    t.strictSame(imports.filter(name => !name.startsWith(ui) && !bundled.test(name)), [], path)
  }
  for (const { path, imports } of inPart('provisioner').filter(({ path }) => !path.startsWith(ui))) {
    t.strictSame(imports.filter(name => name.startsWith(ui) || name.startsWith('preact') || name === 'uplot'), [], path)
  }
  t.strictSame(importersOf('esbuild', 'provisioner'), ['provisioner/console/bundle.ts'])
  t.strictSame(importersOf('uplot', 'provisioner').sort(), ['provisioner/console/ui/charts/plot.ts', 'provisioner/console/ui/main.tsx'])
})

t.test('process.env is read in config.ts, signals and exit are in main.ts', async t => {
  for (const part of ['gateway', 'provisioner', 'tenant-app']) {
    for (const { path, text } of inPart(part)) {
      const name = path.split('/').at(-1)
      // main.ts hands the environment over; a command that is run to its end has an exit code.
      if (!['config.ts', 'main.ts', 'migrate.ts'].includes(name as string)) t.notMatch(text, /process\.env/, `${path}: process.env`)
      if (name !== 'main.ts') t.notMatch(text, /process\.(exit\(|on\('SIG|once\('SIG)|closeWithGrace\(/, `${path}: signals and exit`)
    }
  }
})

t.test('files are short, and named for what they define', async t => {
  for (const { path, text } of sources) {
    t.ok(text.split('\n').length <= MAX_LINES + 1, `${path} has more than ${MAX_LINES} lines`)
    if (!path.startsWith('test/')) t.notMatch(path, JUNK_DRAWERS)
  }
})

t.test('the documents name only files that exist', async t => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...PARTS.flatMap(part => globSync(`${part}/**/README.md`, { cwd: root, exclude: ['**/node_modules/**'] }))]
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8')
    for (const [, link] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)) {
      t.ok(exists(join(root, dirname(document), link as string)), `${document} links to ${link}`)
    }
    for (const [, name] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|sh|sql|yaml|conf))`/g)) {
      const places = [join(root, name as string), join(root, dirname(document), name as string)]
      const somewhere = globSync(`{${PARTS.join(',')}}/**/${name as string}`, { cwd: root, exclude: ['**/node_modules/**'] })
      t.ok(somewhere.length > 0 || places.some(exists), `${document} names ${name}`)
    }
  }
})

function exists (path: string): boolean {
  return globSync(path).length > 0
}
