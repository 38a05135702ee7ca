import { isNetwork, trustedProxies } from './trusted-proxies.ts'
import type { IsTrusted } from './trusted-proxies.ts'
import type { Reloadable } from './reload.ts'
import { fileSignature, readSmallFile } from './small-file.ts'

/** Some ten thousand networks. */
const MAX_BYTES = 512 * 1024

/**
 * Who is believed: the networks of the settings, and those of a file that can change while the gateway runs.
 *
 *   192.0.2.7        an address or a CIDR network a line
 *   2001:db8::/32    # what follows this sign is a comment
 */
export class Trust implements Reloadable {
  readonly what = 'trusted proxies'
  readonly #fixed: readonly string[]
  readonly #file: string
  /** Another one after each reload: by that a connection notices that it is to be judged again. */
  #isTrusted: IsTrusted

  /** `file` may be empty: then there is none. */
  constructor (fixed: readonly string[], file: string) {
    this.#fixed = fixed
    this.#file = file
    this.#isTrusted = trustedProxies(fixed)
  }

  get isTrusted (): IsTrusted {
    return this.#isTrusted
  }

  /** Throws an Error that names the first line which is no network, or why the file cannot be read; then everything stays as it was. */
  async reload (): Promise<object> {
    const networks = this.#file === '' ? [] : parseTrustedProxies(await readSmallFile(this.#file, MAX_BYTES), this.#file)
    this.#isTrusted = trustedProxies([...this.#fixed, ...networks])
    return { networks: this.#fixed.length + networks.length }
  }

  async signature (): Promise<string> {
    return this.#file === '' ? '' : await fileSignature(this.#file)
  }
}

/** The networks in the text of a file named `name`. Throws an Error that names the first line that is none. */
export function parseTrustedProxies (text: string, name: string): string[] {
  const networks: string[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const network = line.replace(/#.*/, '').trim()
    if (network === '') continue
    if (!isNetwork(network)) throw new Error(`${name}, line ${index + 1}: ${JSON.stringify(network.slice(0, 80))} is neither an address nor a CIDR network`)
    networks.push(network)
  }
  return networks
}
