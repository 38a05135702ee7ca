import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Teardown } from './teardown.ts'

const PROGRAM = fileURLToPath(new URL('../../provisioner/cli/berth.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
  /** Standard output, parsed. The shape is the caller's claim. */
  json: <T = unknown>() => T
}

export interface Running {
  stdout: () => string
  stderr: () => string
  type: (text: string) => void
  ended: Promise<number | null>
  /** SIGINT, and resolves with the exit code. */
  interrupt: () => Promise<number | null>
}

export interface Berth {
  (...args: readonly string[]): Promise<Ended>
  /** The same with other variables; empty ones are as if not set. */
  with: (env: Readonly<Record<string, string>>) => Berth
  in: (cwd: string) => Berth
  stdin: (text: string) => Berth
}

export interface Start {
  (...args: readonly string[]): Running
  /** On a terminal of its own (script, of util-linux): both outputs are one. */
  onTerminal: (...args: readonly string[]) => Running
}

/** The command line as a program of its own, whose home and working directory is `folder`. */
export function berthIn (t: Teardown, folder: string, env: Readonly<Record<string, string>>): { berth: Berth, start: Start } {
  const clean = { PATH: process.env.PATH ?? '', HOME: folder, TZ: 'UTC', LANG: 'C.UTF-8', TERM: 'xterm', ...env }
  const begin = (command: string, args: readonly string[]): Running => {
    const child = spawn(command, args, { cwd: folder, env: clean, stdio: 'pipe' })
    return running(t, child)
  }
  const start = Object.assign((...args: readonly string[]) => begin(process.execPath, [PROGRAM, ...args]), {
    onTerminal: (...args: readonly string[]) => begin('script', ['--quiet', '--return', '--flush', '--command', [process.execPath, PROGRAM, ...args].join(' '), '/dev/null'])
  })
  return { berth: program(t, folder, clean, ''), start }
}

function program (t: Teardown, cwd: string, env: Readonly<Record<string, string>>, input: string): Berth {
  const once = async (...args: readonly string[]): Promise<Ended> => {
    const child = running(t, spawn(process.execPath, [PROGRAM, ...args], { cwd, env, stdio: 'pipe' }), input)
    const code = await child.ended
    return { code, stdout: child.stdout(), stderr: child.stderr(), json: <T>() => JSON.parse(child.stdout()) as T }
  }
  return Object.assign(once, {
    with: (more: Readonly<Record<string, string>>) => program(t, cwd, { ...env, ...more }, input),
    in: (folder: string) => program(t, folder, env, input),
    stdin: (text: string) => program(t, cwd, env, text)
  })
}

function running (t: Teardown, child: ChildProcess, input?: string): Running {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => { stdout += chunk })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => { stderr += chunk })
  // It may have ended before it read.
  child.stdin?.on('error', () => {})
  if (input !== undefined) child.stdin?.end(input)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    type: text => { child.stdin?.write(text) },
    ended,
    interrupt: async () => {
      child.kill('SIGINT')
      return await ended
    }
  }
}
