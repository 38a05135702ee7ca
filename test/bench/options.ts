import { parseArgs } from 'node:util'

export interface Options {
  /** Empty: all. */
  readonly only: readonly string[]
  readonly cases: readonly string[]
  readonly rounds: number
  readonly seconds: number
  /** Empty: in test/.state. */
  readonly out: string
}

const DEFAULT = { cases: '', rounds: 3, seconds: 3 }
const QUICK = { cases: 'small', rounds: 3, seconds: 1 }

/** Reads the arguments. Throws, naming what there is, when one is not known. */
export function readOptions (args: readonly string[], known: { proxies: readonly string[], cases: readonly string[] }): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, cases: { type: 'string' }, rounds: { type: 'string' }, seconds: { type: 'string' }, quick: { type: 'boolean' }, out: { type: 'string' } }
  })
  const base = values.quick === true ? QUICK : DEFAULT
  return {
    only: list('--only', values.only ?? '', known.proxies),
    cases: list('--cases', values.cases ?? base.cases, known.cases),
    rounds: number('--rounds', values.rounds, base.rounds),
    seconds: number('--seconds', values.seconds, base.seconds),
    out: values.out ?? ''
  }
}

function list (name: string, text: string, known: readonly string[]): string[] {
  const words = text.split(',').filter(word => word !== '')
  const strange = words.filter(word => !known.includes(word))
  if (strange.length > 0) throw new Error(`${name} does not know ${strange.join(', ')}: it takes ${known.join(',')}`)
  return words
}

/** A count that was given as text, or `fallback`. Throws when it is none. */
export function number (name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw new Error(`${name} takes a whole number from 1 to 1000`)
  return value
}
