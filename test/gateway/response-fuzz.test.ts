// The gateway's parser beside llhttp: what ours takes for a response, llhttp takes for the same one.
import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { readWithLlhttp } from './llhttp.ts'
import { readWithParser } from './reading.ts'
import { RESPONSES } from './wire/responses.ts'

/** A failure prints it: FUZZ_SEED repeats a run, FUZZ_MUTANTS makes it longer. */
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))
const MUTANTS = Number(process.env.FUZZ_MUTANTS ?? 30_000)
/** Of the larger ones there is nothing to learn but their size. */
const MAX_BYTES = 600
const METHODS = ['GET', 'GET', 'GET', 'HEAD']

const PARTS = [
  '\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', ':', ';', ',', '=', '"', '\\', '0', '1', '2', 'a', 'F', '\0', '\x0b', '\x1f', '\x7f', '\x80', '\xff', ';a', ';a=b', ';a="b"', '; a', '0\r\n\r\n', '2\r\nok\r\n',
  'X: y\r\n', 'X:\r\n', ' folded\r\n', 'Content-Length: 2\r\n', 'Content-Length: 0\r\n', 'Content-Length: 2', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: ', 'chunked', 'gzip, ', 'Connection: close\r\n',
  'Connection: keep-alive\r\n', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 x\r\nLink: <a>\r\n\r\n', 'HTTP/1.1 102 x\r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.0', '101', '204', '304', '199', '600'
].map(part => Buffer.from(part, 'latin1'))
const SMALL = RESPONSES.filter(({ bytes }) => bytes.length <= MAX_BYTES).map(({ bytes }) => bytes)

/** mulberry32: whole numbers from 0 to below `n`, the same ones for the same seed. */
function numbersFrom (seed: number): (n: number) => number {
  let state = seed
  return n => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * n)
  }
}

const pick = <T>(of: readonly T[], number: (n: number) => number) => of[number(of.length)] as T

/** Changes one place: a part comes in, goes away, comes twice, takes another's place, or the rest is another's. */
function mutate (bytes: Buffer, number: (n: number) => number): Buffer {
  const at = number(bytes.length + 1)
  const to = Math.min(bytes.length, at + number(6))
  const [before, between, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
  switch (number(6)) {
    case 0: return Buffer.concat([before, after])
    case 1: return Buffer.concat([before, between, between, after])
    case 2: return Buffer.concat([before, pick(PARTS, number), after])
    case 3: return Buffer.concat([before, Buffer.from([number(256)]), bytes.subarray(at + 1)])
    case 4: {
      const other = pick(SMALL, number)
      return Buffer.concat([before, other.subarray(number(other.length + 1))])
    }
    default: return Buffer.concat([before, pick(PARTS, number), between, after])
  }
}

function cut (bytes: Buffer, number: (n: number) => number): Buffer[] {
  const cuts = Array.from({ length: 1 + number(8) }, () => number(bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length)).filter(piece => piece.length > 0)
}

/** Returns what is wrong with how `bytes` are read, or undefined. */
function faultOf (bytes: Buffer, method: string, pieces: readonly Buffer[]): { ours: unknown, theirs: unknown } | undefined {
  const ours = readWithParser([bytes], method)
  const inPieces = readWithParser(pieces, method)
  if (!isDeepStrictEqual(ours, inPieces)) return { ours, theirs: { pieces: pieces.map(String), ...inPieces } }
  const { at, ...reading } = ours
  if (ours.end === 'whole') {
    // Whole with exactly its last byte.
    const { whole, ...theirs } = readWithLlhttp([bytes.subarray(0, at - 1), bytes.subarray(at - 1, at)], method, false)
    return whole === 1 && isDeepStrictEqual(reading, theirs) ? undefined : { ours, theirs: { ...theirs, whole } }
  }
  const { whole, ...theirs } = readWithLlhttp([bytes], method, true)
  if (ours.end === 'closed') return isDeepStrictEqual(reading, theirs) ? undefined : { ours, theirs }
  // Refused, or not whole: what the client was given before is what llhttp would have given.
  const { heads, body } = reading
  const given = isDeepStrictEqual(heads, theirs.heads.slice(0, heads.length)) && (body === '' || theirs.body.startsWith(body))
  return given ? undefined : { ours, theirs: { ...theirs, whole } }
}

t.test('the corpus, in one piece, byte by byte and cut anywhere', async t => {
  const number = numbersFrom(SEED)
  for (const { what, bytes, method = 'GET' } of RESPONSES) {
    const ways = [[bytes], cut(bytes, number), ...bytes.length <= MAX_BYTES ? [Array.from(bytes, byte => Buffer.from([byte]))] : []]
    for (const pieces of ways) t.strictSame(faultOf(bytes, method, pieces), undefined, `${what}, in ${pieces.length} pieces, seed ${SEED}`)
  }
})

t.test('mutants', async t => {
  const number = numbersFrom(SEED)
  const faults: unknown[] = []
  const ends = { whole: 0, closed: 0, early: 0, error: 0 }
  for (let i = 0; i < MUTANTS && faults.length < 5; i++) {
    let bytes = pick(SMALL, number)
    for (let left = 1 + number(3); left > 0; left--) bytes = mutate(bytes, number)
    const method = pick(METHODS, number)
    const fault = faultOf(bytes, method, cut(bytes, number))
    if (fault !== undefined) faults.push({ mutant: i, method, bytes: bytes.toString('latin1'), ...fault })
    ends[readWithParser([bytes], method).end]++
  }
  t.strictSame(faults, [], `seed ${SEED}`)
  for (const [end, count] of Object.entries(ends)) t.ok(count > MUTANTS / 100, `${count} of the ${MUTANTS} end ${end}: enough to tell`)
})
