import { InvalidArgumentError } from 'commander'
import { readFileSync } from 'node:fs'
import { readSize, readSpan, readTime } from './amounts.ts'

/** Takes away what was set: of limits and resources. */
export const DEFAULT = 'default'

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

// Each reads the text of an option and throws InvalidArgumentError, which commander puts the option's name before.

export function integer (min: number, max: number) {
  return (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN
    if (!(number >= min && number <= max)) throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`)
    return number
  }
}

export function size (text: string): number {
  const bytes = readSize(text)
  if (bytes === null) throw new InvalidArgumentError('It is a size such as 512m or 1.5g.')
  return bytes
}

export function sizeOrDefault (text: string): number | null {
  return text === DEFAULT ? null : size(text)
}

export function number (text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(value)) throw new InvalidArgumentError('It is a number.')
  return value
}

export function numberOrDefault (text: string): number | null {
  return text === DEFAULT ? null : number(text)
}

export function seconds (text: string): number {
  const span = /^\d+$/.test(text) ? Number(text) : readSpan(text)
  if (span === null || span === 0) throw new InvalidArgumentError('It is a span of time such as 90s, 12h or 30d.')
  return span
}

export function time (text: string): string {
  const at = readTime(text, Date.now())
  if (at === null) throw new InvalidArgumentError('It is a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or a span back from now such as 24h.')
  return at
}

export function collect (text: string, before: string[] = []): string[] {
  return [...before, text]
}

export function commaSeparated (text: string, before: string[] = []): string[] {
  const names = text.split(',').map(name => name.trim()).filter(name => name !== '')
  if (names.length === 0) throw new InvalidArgumentError('It is a name, or several with commas between them.')
  return [...before, ...names]
}

/** NAME=VALUE, again and again. */
export function variable (text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  const name = text.slice(0, at)
  if (at < 1 || !ENV_NAME.test(name)) throw new InvalidArgumentError('It is NAME=VALUE.')
  return { ...before, [name]: text.slice(at + 1) }
}

/** A file with NAME=VALUE a line: values in it are in no list of processes. */
export function variableFile (path: string, before: Record<string, string> = {}): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (err) {
    throw new InvalidArgumentError(`${path} cannot be read (${(err as NodeJS.ErrnoException).code ?? 'error'}).`)
  }
  return { ...before, ...parseVariables(text) }
}

/** Lines of NAME=VALUE with comments (#), blank lines and quotes around a value. Nothing in it is expanded. */
export function parseVariables (text: string): Record<string, string> {
  const found: Array<[string, string]> = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match === null) throw new InvalidArgumentError(`Line ${i + 1} of the file is not NAME=VALUE.`)
    const [, name = '', value = ''] = match
    found.push([name, /^(["'])(.*)\1$/.exec(value)?.[2] ?? value])
  }
  return Object.fromEntries(found)
}

/** NAME=NUMBER of a limit, or NAME=default. */
export function limit (text: string, before: Record<string, number | null> = {}): Record<string, number | null> {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It is NAME=NUMBER, or NAME=default.')
  return { ...before, [name]: name === 'bodyBytes' ? sizeOrDefault(value) : numberOrDefault(value) }
}
