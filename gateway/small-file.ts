import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/** The text of a file of at most `maxBytes`. Throws an Error that says why there is none: absent, not a file, too large, not UTF-8. */
export async function readSmallFile (path: string, maxBytes: number): Promise<string> {
  // Without O_NONBLOCK a FIFO would be waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { size } = await handle.stat().then(found => found.isFile() ? found : Promise.reject(new Error(`${path} is not a file`)))
    if (size > maxBytes) throw new Error(`${path} has ${size} bytes, ${maxBytes} are allowed`)
    const buffer = Buffer.alloc(maxBytes)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, maxBytes - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length))
  } finally {
    await handle.close()
  }
}

/** Differs when the file does: whoever replaces or changes a file changes one of these. Empty when there is none. */
export async function fileSignature (path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return ''
  }
}
