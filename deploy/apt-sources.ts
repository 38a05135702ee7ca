/** One source of packages, of either file format of apt (sources.list(5)). Only `deb` sources that are enabled. */
export interface AptSource {
  uris: readonly string[]
  suites: readonly string[]
  components: readonly string[]
  /** Options such as Signed-By, in the names and the form that deb822 files use; values may span lines. */
  options: ReadonlyMap<string, string>
}

export interface Mirrors {
  main: string
  security: string
  /** The keyring that the host trusts this mirror with, when it is a file. */
  keyring: string | undefined
}

const NOT_OPTIONS = new Set(['types', 'uris', 'suites', 'components', 'enabled'])
/** Options that narrow what is fetched are the host's affair; these are what a source needs to be reached and trusted. */
const CARRIED = new Map([['signed-by', 'Signed-By'], ['trusted', 'Trusted']])

/** Reads a `*.sources` file (deb822: paragraphs of fields). */
export function parseDeb822 (text: string): AptSource[] {
  const paragraphs = text.replace(/^#.*\n?/gm, '').split(/\n[ \t]*\n/)
  return paragraphs.map(readFields).filter(isBinarySource).map(fields => ({
    uris: words(fields.get('uris')),
    suites: words(fields.get('suites')),
    components: words(fields.get('components')),
    options: new Map([...fields].filter(([name]) => !NOT_OPTIONS.has(name)))
  }))
}

/** Reads a `*.list` file (`deb [option=value …] uri suite component…` a line). */
export function parseList (text: string): AptSource[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    if (match === null) return []
    const [, options = '', uri, suite, components] = match
    return [{
      uris: [uri as string],
      suites: [suite as string],
      components: words(components),
      options: new Map(words(options).map(option => {
        const [name, ...value] = option.split('=')
        return [(name as string).toLowerCase(), value.join('=')] as const
      }))
    }]
  })
}

/**
 * A second source: the mirror that serves the host's own release, serving another one. Null when the host has no
 * source of its release's main packages to derive it from.
 */
export function deriveSource (sources: readonly AptSource[], ownSuite: string, suite: string): string | null {
  const own = mainSource(sources, ownSuite)
  if (own === undefined) return null
  const carried = [...CARRIED].flatMap(([name, field]) => {
    const value = own.options.get(name)
    return value === undefined ? [] : [`${field}: ${value}`]
  })
  return ['Types: deb', `URIs: ${own.uris.join(' ')}`, `Suites: ${suite}`, 'Components: main', ...carried, ''].join('\n')
}

/** Packages of the suite are only taken when they are asked for by suite, never as an upgrade. */
export function pinning (suite: string): string {
  return ['Package: *', `Pin: release n=${suite}`, 'Pin-Priority: 100', ''].join('\n')
}

/** From where a Debian system is built: the host's mirror when the host is a Debian, else the official one. */
export function debianMirrors (sources: readonly AptSource[], host: { distribution: string, suite: string }): Mirrors {
  const own = host.distribution === 'debian' ? mainSource(sources, host.suite) : undefined
  const security = sources.find(source => source.suites.includes(`${host.suite}-security`))
  const signedBy = own?.options.get('signed-by')
  const main = own?.uris[0]
  if (main === undefined) throw new Error('No registry answers, and the host\'s apt sources name no Debian mirror to build the base image from. Set BERTH_BASE_IMAGE to a Debian image that the engine has (docker load) or can pull.')
  return {
    main,
    // Beside the archive on every full mirror, under this name.
    security: security?.uris[0] ?? `${main.replace(/\/$/, '')}-security`,
    keyring: signedBy?.startsWith('/') === true ? signedBy : undefined
  }
}

function mainSource (sources: readonly AptSource[], suite: string): AptSource | undefined {
  return sources.find(source => source.suites.includes(suite) && source.components.includes('main') &&
    source.uris.some(uri => /^(https?|file|mirror\+\w+):/.test(uri)))
}

function readFields (paragraph: string): Map<string, string> {
  const fields = new Map<string, string>()
  let last = ''
  for (const line of paragraph.split('\n')) {
    const match = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*?)[ \t]*$/.exec(line)
    if (match !== null) {
      last = (match[1] as string).toLowerCase()
      fields.set(last, match[2] as string)
    } else if (last !== '' && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last)}\n${line}`)
    }
  }
  return fields
}

function isBinarySource (fields: ReadonlyMap<string, string>): boolean {
  return words(fields.get('types')).includes('deb') && !/^(no|false|off|disable|without)$/i.test(fields.get('enabled') ?? '')
}

function words (text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(word => word !== '')
}
