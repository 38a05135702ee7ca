import type { Readable } from 'node:stream'

/** Takes text, says whether it wants more for now, and when it does again. */
export interface LinesTo {
  write: (text: string) => boolean
  once: (event: 'drain', listener: () => void) => unknown
}

/**
 * Passes on what processes write, whole lines at a time: into a pipe that they all hold they would write into the middle of
 * each other's. Waits for `to`; what has no end when the process has ended gets one.
 */
export function passLines (from: Readable, to: LinesTo): void {
  let rest = ''
  from.setEncoding('utf8')
  from.on('data', (text: string) => {
    const end = text.lastIndexOf('\n') + 1
    if (end === 0) {
      rest += text
      return
    }
    const lines = rest + text.slice(0, end)
    rest = text.slice(end)
    if (to.write(lines)) return
    from.pause()
    to.once('drain', () => { from.resume() })
  })
  from.on('end', () => { if (rest !== '') to.write(`${rest}\n`) })
}
