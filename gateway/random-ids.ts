import { randomBytes } from 'node:crypto'

const IDS = 256
const LENGTH = 32

let pool = ''
let used = IDS

/** 128 random bits as 32 hexadecimal digits. Drawn in batches: one call for each costs more than the rest of its request's bookkeeping. */
export function randomId (): string {
  if (used === IDS) {
    pool = randomBytes(IDS * LENGTH / 2).toString('hex')
    used = 0
  }
  const at = LENGTH * used++
  return pool.slice(at, at + LENGTH)
}
