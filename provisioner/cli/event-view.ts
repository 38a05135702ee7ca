import { printable, oneLine } from './printable.ts'
import type { Event } from './shapes.ts'

/** The paint of what an event is: how serious. */
export type Tint = (style: 'red' | 'yellow' | 'dim', text: string) => string

/** An event in lines for people: when, what, the sentence, and the last lines of a container's output where it has some. */
export function eventLines ({ at, level, reason, message, data }: Event, tint: Tint, withDate = false): string[] {
  const head = `${tint('dim', localTime(new Date(at), withDate))}  ${level === 'info' ? reason : tint(level === 'error' ? 'red' : 'yellow', reason)}  ${oneLine(message)}`
  return [head, ...outputOf(data).map(line => tint('dim', `    | ${printable(line)}`))]
}

/** Hours, minutes and seconds in the reader's zone, and the day where it is wanted. */
export function localTime (at: Date, withDate: boolean): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  return withDate ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}` : time
}

function outputOf (data: Event['data']): string[] {
  const output = data?.output
  return Array.isArray(output) ? output.filter(line => typeof line === 'string') : []
}
