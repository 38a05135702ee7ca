import t from 'tap'
import { MalformedResponse } from '../../gateway/response-head.ts'
import { ClosedEarly, MAX_HEAD_BYTES, ResponseParser } from '../../gateway/response-parser.ts'
import type { ResponseSink } from '../../gateway/response-parser.ts'

/** Keeps what it hears, in one word each; `hear` may do more. */
function listen (hear: (event: string) => void = () => {}) {
  const events: string[] = []
  const say = (event: string) => {
    events.push(event)
    hear(event)
  }
  const sink: ResponseSink = {
    onHead: ({ status }) => { say(String(status)) },
    onBody: (bytes, start, end) => { say(bytes.toString('latin1', start, end)) },
    onEnd: trailers => { say(['end', ...trailers].join(' ')) }
  }
  const parser = new ResponseParser(sink)
  return { parser, events, push: (text: string) => parser.push(Buffer.from(text, 'latin1'), 0, text.length) }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const UPGRADE = 'HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

interface Case { what: string, text: string, events: string[], method?: string, stop?: number, excess?: boolean, closed?: string[] }

const CASES: Case[] = [
  { what: 'a length', text: OK, events: ['200', 'ok', 'end'] },
  { what: 'no length', text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', events: ['200', 'end'] },
  { what: 'chunks', text: `${CHUNKED}1\r\no\r\n1\r\nk\r\n0\r\nX: 1\r\n\r\n`, events: ['200', 'o', 'k', 'end X 1'] },
  { what: 'until it ends', text: 'HTTP/1.1 200 OK\r\n\r\nall', events: ['200', 'all'], closed: ['end'] },
  { what: 'until it ends, and nothing', text: 'HTTP/1.1 200 OK\r\n\r\n', events: ['200'], closed: ['end'] },
  { what: 'HEAD', method: 'HEAD', text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', events: ['200', 'end'] },
  { what: '204', text: 'HTTP/1.1 204 x\r\n\r\n', events: ['204', 'end'] },
  { what: 'interim ones', text: `${CONTINUE}HTTP/1.1 103 x\r\nLink: <a>\r\n\r\n${OK}`, events: ['100', '103', '200', 'ok', 'end'] },
  { what: 'an interim one with a length', text: `HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n${OK}`, events: ['100', '200', 'ok', 'end'] },
  { what: 'as many interim ones as there may be', text: CONTINUE.repeat(16) + OK, events: [...Array<string>(16).fill('100'), '200', 'ok', 'end'] },
  { what: 'an upgrade', text: `${UPGRADE}\x81\x00`, events: ['101'], stop: UPGRADE.length },
  { what: 'more than its length', text: `${OK}!`, events: ['200', 'ok', 'end'], stop: OK.length, excess: true },
  { what: 'more than no length', text: 'HTTP/1.1 204 x\r\n\r\n!', events: ['204', 'end'], stop: 18, excess: true },
  { what: 'more than its chunks', text: `${CHUNKED}0\r\n\r\n!`, events: ['200', 'end'], stop: CHUNKED.length + 5, excess: true },
  { what: 'the largest head', text: `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(MAX_HEAD_BYTES - 20)}\r\n\r\n`, events: ['200'], closed: ['end'] }
]

t.test('one read', async t => {
  for (const { what, text, events, method = 'GET', stop = text.length, excess = false, closed } of CASES) {
    const { parser, events: heard, push } = listen()
    parser.expect(method)
    t.equal(push(text), stop, what)
    t.strictSame(heard, events, what)
    t.equal(parser.excess, excess, what)
    parser.finish()
    t.strictSame(heard, [...events, ...closed ?? []], `${what}, and it is closed`)
  }
})

t.test('byte by byte', async t => {
  for (const { what, text, events, method = 'GET', stop = text.length } of CASES) {
    const { parser, events: heard, push } = listen()
    parser.expect(method)
    for (const byte of text.slice(0, stop)) push(byte)
    const single = events.flatMap(event => /^(\d|end)/.test(event) ? [event] : [...event])
    t.strictSame(heard, single, what)
    t.notOk(parser.excess)
  }
})

t.test('a part of a buffer', async t => {
  const { parser, events } = listen()
  parser.expect('GET')
  const bytes = Buffer.from(`${OK}${OK}${OK}`)
  t.equal(parser.push(bytes, OK.length, OK.length * 2), OK.length * 2)
  t.strictSame(events, ['200', 'ok', 'end'])
  t.notOk(parser.excess)
})

const BAD: ReadonlyArray<[what: string, text: string, events: string[]]> = [
  ['no HTTP', '<html>\n', []],
  ['no HTTP, whole', 'GET / HTTP/1.1\r\n\r\n', []],
  ['an empty line before it', `\r\n\r\n${OK}`, []],
  ['bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', []],
  ['a bare LF at the beginning', '\n', []],
  ['a bare LF among CRLFs', 'HTTP/1.1 200 OK\r\nX: 1\nContent-Length: 2\r\n\r\nok', []],
  ['a head that is too large', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(MAX_HEAD_BYTES - 19)}\r\n\r\n`, []],
  ['a head that never ends', `HTTP/1.1 200 OK\r\n${'X: 1\r\n'.repeat(MAX_HEAD_BYTES / 6)}`, []],
  ['too many interim ones', CONTINUE.repeat(17), Array<string>(16).fill('100')],
  ['an interim one that is the last', `HTTP/1.1 103 x\r\nConnection: close\r\n\r\n${OK}`, []],
  ['an interim one of HTTP/1.0', `HTTP/1.0 100 x\r\n\r\n${OK}`, []],
  ['a bad second head', `${CONTINUE}nonsense\r\n\r\n`, ['100']],
  ['a chunk that is none', `${CHUNKED}1\r\no\r\nx\r\n`, ['200', 'o']]
]

t.test('what is not HTTP/1.1, in one read and byte by byte', async t => {
  for (const [what, text, events] of BAD) {
    const one = listen()
    one.parser.expect('GET')
    t.throws(() => one.push(text), MalformedResponse, what)
    t.strictSame(one.events, events, what)
    const many = listen()
    many.parser.expect('GET')
    t.throws(() => { for (const byte of text) many.push(byte) }, MalformedResponse, `${what}, byte by byte`)
    t.strictSame(many.events, events, `${what}, byte by byte`)
  }
})

t.test('bytes that belong to no response', async t => {
  const { parser, push } = listen()
  t.throws(() => push(OK), MalformedResponse, 'before any is due')
  parser.expect('GET')
  push(OK)
  t.throws(() => push('!'), MalformedResponse, 'behind it')
})

t.test('one after the other', async t => {
  const { parser, events, push } = listen(event => { if (event === 'end') parser.expect('GET') })
  parser.expect('HEAD')
  push('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
  push(OK)
  t.equal(push(`${OK}${OK}`), OK.length, 'what came too much is not taken for the next')
  t.strictSame(events, ['200', 'end', '200', 'ok', 'end', '200', 'ok', 'end'])
  t.ok(parser.excess)
})

t.test('interim ones are counted anew for each', async t => {
  const { parser, events, push } = listen()
  for (let i = 0; i < 3; i++) {
    parser.expect('GET')
    push(CONTINUE.repeat(10) + OK)
  }
  t.equal(events.filter(event => event === 'end').length, 3)
})

t.test('closed too early', async t => {
  for (const text of ['', 'HTTP/1.1 2', CONTINUE, OK.slice(0, -1), `${CHUNKED}1\r\no\r\n`, `${CHUNKED}0\r\nX: 1\r\n`]) {
    const { parser, push } = listen()
    parser.expect('GET')
    if (text !== '') push(text)
    t.throws(() => { parser.finish() }, { name: 'ClosedEarly', code: 'ECONNRESET' }, JSON.stringify(text))
  }
  t.throws(() => { listen().parser.finish() }, ClosedEarly, 'before any is due')
})

t.test('stopped, it says nothing more', async t => {
  const after = (last: string, text: string) => {
    const { parser, events, push } = listen(event => { if (event === last) parser.stop() })
    parser.expect('GET')
    const stop = push(text)
    push('whatever')
    parser.finish()
    return { events, stop }
  }
  t.strictSame(after('100', CONTINUE + OK).events, ['100'])
  t.strictSame(after('200', OK).events, ['200'])
  t.strictSame(after('204', 'HTTP/1.1 204 x\r\n\r\n').events, ['204'])
  t.strictSame(after('ok', OK).events, ['200', 'ok'])
  t.strictSame(after('o', `${CHUNKED}1\r\no\r\n1\r\nk\r\n0\r\n\r\n`).events, ['200', 'o'])
  t.strictSame(after('all', 'HTTP/1.1 200 OK\r\n\r\nall').events, ['200', 'all'])
})
