import { eastAsianWidth } from 'get-east-asian-width'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const PLAIN = /^[\x20-\x7e]*$/
const EMOJI = /\p{RGI_Emoji}/v
const INVISIBLE = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]/u
const ELLIPSIS = '…'

/** Columns that a text takes on a terminal. It has no control characters. */
export function textWidth (text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

/** The text in at most `width` columns; where that cuts it, it ends in "…". */
export function truncate (text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  let cut = ''
  let taken = 0
  for (const { segment } of graphemes.segment(text)) {
    taken += graphemeWidth(segment)
    if (taken > width - 1) break
    cut += segment
  }
  return cut + ELLIPSIS
}

export function pad (text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'left' ? text + space : space + text
}

function graphemeWidth (grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0
  return EMOJI.test(grapheme) ? 2 : eastAsianWidth(grapheme.codePointAt(0) as number)
}
