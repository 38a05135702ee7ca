import type { Command } from 'commander'
import { Api } from './api.ts'
import { readAccess } from './config.ts'
import type { Environment } from './config.ts'
import type { ExitCode } from './exit-codes.ts'
import { Http } from './http.ts'
import type { Terminal } from './terminal.ts'

/** What the program is run with. */
export interface Context {
  terminal: Terminal
  env: Environment
  cwd: string
  /** Aborts when the program is to end. */
  signal: AbortSignal
  /** Takes the exit code of a command that ended without an error. */
  end: (code: ExitCode) => void
}

/** What a command works with. */
export interface Session {
  api: Api
  terminal: Terminal
  /** JSON is wanted, of the shape that the API has. */
  json: boolean
  nowMs: number
}

export interface GlobalOptions { api?: string, tokenFile?: string, json?: boolean }

/** What one command does; it returns the exit code when that is not 0. */
export type Handler<Options> = (session: Session, args: string[], options: Options) => Promise<ExitCode | undefined>

/** The action of a command: opens a session for it, and closes that. Options are the caller's claim of what was declared. */
export function action<Options extends object> (context: Context, handler: Handler<Options>) {
  return async (...params: unknown[]): Promise<void> => {
    const command = params.at(-1) as Command
    const options = command.optsWithGlobals<Options & GlobalOptions>()
    const { url, token } = readAccess({
      ...(options.api === undefined ? {} : { api: options.api }),
      ...(options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile })
    }, context.env, context.cwd)
    const http = new Http(url)
    try {
      const session: Session = { api: new Api(http, token, context.signal), terminal: context.terminal, json: options.json === true, nowMs: Date.now() }
      const code = await handler(session, command.processedArgs as string[], options)
      if (code !== undefined) context.end(code)
    } finally {
      http.close()
    }
  }
}

/** Prints one thing: as the API gives it, or as lines for people. */
export async function present (session: Session, body: unknown, lines: () => string[]): Promise<void> {
  if (session.json) await session.terminal.print(JSON.stringify(body, null, 2))
  else await session.terminal.print(...lines())
}
