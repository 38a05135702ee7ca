import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { escapeHtml, renderErrorPage } from './error-page.ts'
import type { ErrorPage } from './error-page.ts'
import { PROBLEMS } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import type { Reloadable } from './reload.ts'
import { fileSignature, readSmallFile } from './small-file.ts'

/** A page with its pictures in it; the sum is bounded by the number of names that are looked for. */
const MAX_BYTES = 256 * 1024

const PLACEHOLDER = /\{\{\s*(status|title|detail|next|requestId)\s*\}\}/

/** Text and the names of values, by turns. */
type Template = readonly string[]

/**
 * The pages that browsers get for errors: the gateway's own, or an operator's from a directory.
 *
 *   tenant_starting.html   by the code of the problem
 *   503.html               by its status, for the codes without a page of their own
 *   error.html             for the rest
 *
 * `{{status}}` `{{title}}` `{{detail}}` `{{next}}` `{{requestId}}` in them stand for what is to be said, escaped.
 * They are read at the start and when they change, never for a request.
 */
export class ErrorPages implements Reloadable {
  readonly what = 'error pages'
  readonly #directory: string
  readonly #log: Logger
  #templates: ReadonlyMap<string, Template> = new Map()

  /** `directory` may be empty: then there is none. */
  constructor (directory: string, log: Logger) {
    this.#directory = directory
    this.#log = log
  }

  render (code: ProblemCode, page: ErrorPage): string {
    const template = this.#templates.get(code) ?? this.#templates.get(String(page.status)) ?? this.#templates.get('error')
    return template === undefined ? renderErrorPage(page) : fill(template, page)
  }

  /** A file that cannot be read is as good as none, and in the log; a directory that cannot leaves the pages as they were. */
  async reload (): Promise<object> {
    const templates = new Map<string, Template>()
    for (const name of await this.#names()) {
      try {
        templates.set(name, parseTemplate(await readSmallFile(this.#path(name), MAX_BYTES)))
      } catch (err) {
        this.#log.error({ reason: err instanceof Error ? err.message : String(err) }, 'Error page cannot be read, the gateway\'s own is used')
      }
    }
    this.#templates = templates
    return { pages: [...templates.keys()] }
  }

  async signature (): Promise<string> {
    try {
      const names = await this.#names()
      return (await Promise.all(names.map(async name => `${name} ${await fileSignature(this.#path(name))}`))).join('\n')
    } catch {
      return ''
    }
  }

  /** Of the pages there are, sorted, without `.html`. */
  async #names (): Promise<string[]> {
    if (this.#directory === '') return []
    const files = new Set(await readdir(this.#directory))
    return NAMES.filter(name => files.has(`${name}.html`))
  }

  #path (name: string): string {
    return join(this.#directory, `${name}.html`)
  }
}

const NAMES = [...new Set([...Object.keys(PROBLEMS), ...Object.values(PROBLEMS).map(({ status }) => String(status)), 'error'])].sort()

export function parseTemplate (text: string): Template {
  return text.split(PLACEHOLDER)
}

export function fill (template: Template, page: ErrorPage): string {
  return template.map((part, i) => i % 2 === 0 ? part : escapeHtml(String(page[part as keyof ErrorPage]))).join('')
}
