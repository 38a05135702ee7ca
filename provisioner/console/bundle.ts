import { build, stop } from 'esbuild'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** One file of the console, as it is sent. */
export interface Asset {
  type: string
  body: Buffer
  gzip: Buffer
  br: Buffer
}

/** The console's files. Their names have a hash of their content, so that each can be kept for ever. */
export interface Bundle {
  /** By name, such as main-4PX2Q7.js. */
  assets: Map<string, Asset>
  script: string
  style: string
  /** Applies the reader's choice of light or dark before the first paint. */
  theme: string
  icon: string
}

/** Those that have light-dark() in CSS. */
const BROWSERS = ['chrome123', 'firefox128', 'safari17.5']
/** Nearly as small as the highest, for a tenth of the time: every start makes them. */
const BROTLI_QUALITY = 9
const UI = fileURLToPath(new URL('ui/', import.meta.url))
const TYPES = new Map([['.js', 'text/javascript; charset=utf-8'], ['.css', 'text/css; charset=utf-8'], ['.svg', 'image/svg+xml']])

let made: Promise<Bundle> | null = null

/** Makes the console's files from their sources, in memory: neither a checkout nor an image carries made ones. Once for a process, when it does not fail. */
export async function bundleConsole (): Promise<Bundle> {
  made ??= bundle()
  return await made.catch(err => {
    made = null
    throw err
  })
}

async function bundle (): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: UI,
    entryPoints: ['main.tsx', 'theme.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    charset: 'utf8',
    target: BROWSERS,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'text' },
    outdir: UI,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    legalComments: 'eof',
    metafile: true,
    write: false,
    logLevel: 'silent'
  }).finally(stop)
  const drawing = await readFile(`${UI}icon.svg`)
  const icon = `icon-${createHash('sha256').update(drawing).digest('hex').slice(0, 8)}.svg`
  const files: Array<[string, Buffer]> = [...outputFiles.map(({ path, contents }): [string, Buffer] => [basename(path), Buffer.from(contents)]), [icon, drawing]]
  const outputOf = (entry: string) => {
    const [path, output] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry) as [string, { cssBundle?: string }]
    return { script: basename(path), style: basename(output.cssBundle ?? '') }
  }
  return {
    assets: new Map(await Promise.all(files.map(async ([name, body]): Promise<[string, Asset]> => [name, await assetOf(name, body)]))),
    ...outputOf('main.tsx'),
    theme: outputOf('theme.ts').script,
    icon
  }
}

async function assetOf (name: string, body: Buffer): Promise<Asset> {
  const [zipped, br] = await Promise.all([
    promisify(gzip)(body, { level: 9 }),
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
  ])
  return { type: TYPES.get(extname(name)) ?? 'application/octet-stream', body, gzip: zipped, br }
}
