import { spawn } from 'node:child_process'

export interface CommandOptions {
  cwd?: string
  /** Added to the environment of this process: the place for secrets, which an argument list would show to everyone. */
  env?: Readonly<Record<string, string>>
  /** Written to the command's standard input, which is closed otherwise. */
  input?: string
  /** The command is killed, and counts as failed, when it takes longer. */
  timeoutMs?: number
  /** Passes the output on to the terminal instead of keeping it. */
  show?: boolean
}

export interface Outcome {
  /** The exit status; 127 when the command does not exist, 124 when it was killed for taking too long. */
  code: number
  stdout: string
  stderr: string
}

export class CommandFailed extends Error {
  readonly outcome: Outcome

  constructor (file: string, args: readonly string[], outcome: Outcome) {
    const said = lastLines(outcome.stderr.trim() === '' ? outcome.stdout : outcome.stderr, 20)
    super(`${[file, ...args].join(' ')} failed (${outcome.code})${said === '' ? '' : `:\n${said}`}`)
    this.name = 'CommandFailed'
    this.outcome = outcome
  }
}

/** Runs a command to its end and returns what it printed. Throws CommandFailed when its status is not 0. */
export async function run (file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await attempt(file, args, options)
  if (outcome.code !== 0) throw new CommandFailed(file, args, outcome)
  return outcome.stdout
}

/** Runs a command to its end, whatever that is. */
export function attempt (file: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return new Promise(resolve => {
    const output = options.show === true ? 'inherit' : 'pipe'
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output]
    })
    const printed = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', text => { printed.stdout += text })
    child.stderr?.setEncoding('utf8').on('data', text => { printed.stderr += text })

    let late = false
    const timer = options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => { late = true; child.kill('SIGKILL') }, options.timeoutMs)
    const settle = (code: number) => {
      clearTimeout(timer)
      resolve({ code, ...printed })
    }
    child.on('error', error => {
      printed.stderr += error.message
      settle(127)
    })
    child.on('close', code => { settle(late ? 124 : code ?? 1) })
    // A command that ends without reading its input is judged by its status, not by the broken pipe.
    child.stdin?.on('error', () => {}).end(options.input)
  })
}

export function lastLines (text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
