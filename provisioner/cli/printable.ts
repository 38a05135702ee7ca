const TAB = 0x09
const ESCAPE = 0x1b
const DELETE = 0x7f
const C1_END = 0x9f
/** U+2400: the first of the pictures of control characters. */
const PICTURES = 0x2400
const PICTURE_OF_DELETE = '\u2421'
/** What turns the direction of text around, so that it reads as what it is not (Unicode, UAX #9, explicit formatting). */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text that others wrote (names, messages, lines of a log), so that it can be shown on a terminal: control characters would
 * move its cursor, set its title or type into it. They become pictures of themselves; tabs stay.
 */
export function printable (text: string): string {
  let shown = ''
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code < 0x20 && code !== TAB) shown += String.fromCodePoint(PICTURES + code)
    else if (code === DELETE) shown += PICTURE_OF_DELETE
    else if (code > DELETE && code <= C1_END) shown += `\\x${code.toString(16)}`
    else shown += character
  }
  return shown.replace(TURNING, '\ufffd')
}

/** The same on one line. */
export function oneLine (text: string): string {
  return printable(text.replace(/[\r\n\t]+/g, ' '))
}

/** A sequence that the program itself writes. */
export function sequence (code: string): string {
  return `${String.fromCodePoint(ESCAPE)}[${code}`
}
