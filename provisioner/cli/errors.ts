import { EXIT, exitCodeOf } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'

/** An error that ends the program with a message for people, and an exit code for programs. */
export class CliError extends Error {
  override name = 'CliError'
  readonly exitCode: ExitCode

  constructor (exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The body of an error (RFC 9457), as far as it is there. */
export interface ProblemBody {
  title?: string
  detail?: string
  code?: string
  instance?: string
  invalidParams?: Array<{ pointer: string, detail: string }>
}

/** The API said no. */
export class ApiError extends CliError {
  override name = 'ApiError'
  readonly status: number
  readonly body: ProblemBody

  constructor (status: number, body: ProblemBody) {
    super(exitCodeOf(status), problemText(status, body))
    this.status = status
    this.body = body
  }
}

/** Nobody answered, or not in time. */
export class UnreachableError extends CliError {
  override name = 'UnreachableError'

  constructor (message: string, options?: ErrorOptions) {
    super(EXIT.unreachable, message, options)
  }
}

/** What went wrong in one sentence or two, and a line for each value that is wrong. */
export function problemText (status: number, { title, detail, instance, invalidParams = [] }: ProblemBody): string {
  const said = [title, detail].filter(text => text !== undefined && text !== '')
  // The detail often tells of the values too; below each has a line of its own.
  const head = said.length === 0 ? `The API answered ${status} without saying why` : invalidParams.length > 0 ? said[0] as string : said.join('. ')
  const lines = invalidParams.map(({ pointer, detail }) => `  ${pointer === '' ? 'the body' : pointer} ${detail}`)
  const id = status >= 500 && instance !== undefined ? [`  request ${instance.replace(/^urn:uuid:/, '')}`] : []
  return [head, ...lines, ...id].join('\n')
}
