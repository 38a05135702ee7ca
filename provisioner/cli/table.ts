import { oneLine } from './printable.ts'
import { pad, textWidth, truncate } from './text-width.ts'

const GAP = 2
const FLOOR = 8

export interface Column<T> {
  title: string
  text: (item: T) => string
  align?: 'right'
  /** Colours what is in the column, after it was laid out. */
  paint?: (shown: string, item: T) => string
  /** Never cut: an id, or what is to be copied. */
  whole?: true
}

/**
 * Lines of a table that is as narrow as it can be, and at most `width` columns wide: the widest columns give first.
 * `width` null is for pipes: nothing is cut there.
 */
export function tableLines<T> (columns: ReadonlyArray<Column<T>>, items: readonly T[], width: number | null): string[] {
  const cells = items.map(item => columns.map(({ text }) => oneLine(text(item))))
  const natural = columns.map(({ title }, i) => Math.max(textWidth(title), ...cells.map(row => textWidth(row[i] as string))))
  const widths = width === null ? natural : fit(natural, columns.map(({ whole }) => whole === true), width - GAP * (columns.length - 1))
  const lay = (texts: readonly string[], item?: T): string => columns.map(({ align, paint }, i) => {
    const column = widths[i] as number
    // The last column is not filled up: lines end where their text ends.
    const cut = truncate(texts[i] as string, column)
    const shown = i === columns.length - 1 && align === undefined ? cut : pad(cut, column, align)
    return item === undefined || paint === undefined ? shown : paint(shown, item)
  }).join(' '.repeat(GAP)).trimEnd()
  return [lay(columns.map(({ title }) => title)), ...cells.map((row, i) => lay(row, items[i]))]
}

/** Widths that sum up to `room` at most, if that can be: the widest is made narrower until it is the next, and so on. */
export function fit (natural: readonly number[], whole: readonly boolean[], room: number): number[] {
  const widths = [...natural]
  const canGive = (i: number): boolean => whole[i] !== true && (widths[i] as number) > FLOOR
  for (let over = sum(widths) - room; over > 0; over--) {
    const widest = widths.reduce((best, width, i) => canGive(i) && (best === -1 || width > (widths[best] as number)) ? i : best, -1)
    if (widest === -1) break
    widths[widest] = (widths[widest] as number) - 1
  }
  return widths
}

/** Names and values of one thing, a line each; empty values are left out. */
export function fieldLines (fields: ReadonlyArray<readonly [string, string | null]>): string[] {
  const given = fields.filter((field): field is readonly [string, string] => field[1] !== null && field[1] !== '')
  const width = Math.max(0, ...given.map(([name]) => textWidth(name)))
  return given.map(([name, value]) => `${pad(name, width)}  ${oneLine(value)}`)
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
