import t from 'tap'
import { ago, bytes, count, readSize, readSpan, readTime, span } from '../../../provisioner/cli/amounts.ts'

const NOW = Date.parse('2026-01-31T12:00:00.000Z')

t.test('shown', async t => {
  for (const [number, text] of [[null, '–'], [undefined, '–'], [0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [1536 * 2 ** 20, '1.5 GiB'], [200 * 2 ** 20, '200 MiB'], [2 ** 62, '4096 PiB']] as const) t.equal(bytes(number), text)
  for (const [seconds, text] of [[-5, '0s'], [0, '0s'], [45, '45s'], [75, '1m 15s'], [3600, '1h'], [3601, '1h'], [90_061, '1d 1h'], [86_400 * 400, '400d']] as const) t.equal(span(seconds), text)
  t.equal(ago('2026-01-31T11:58:00.000Z', NOW), '2m')
  t.equal(ago(null, NOW), '–')
  t.equal(count(1234567), '1,234,567')
  t.equal(count(null), '–')
})

t.test('read', async t => {
  for (const [text, number] of [['512', 512], ['512b', 512], ['512m', 512 * 2 ** 20], ['1.5GiB', 1.5 * 2 ** 30], ['2 kb', 2048], ['1t', 2 ** 40], ['', null], ['m', null], ['-1', null], ['1x', null], ['1e3', null]] as const) t.equal(readSize(text), number, text)
  for (const [text, seconds] of [['90s', 90], ['15m', 900], ['12h', 43_200], ['90d', 7_776_000], ['2w', 1_209_600], ['90', null], ['1.5h', null], ['', null]] as const) t.equal(readSpan(text), seconds, text)
  for (const [text, at] of [
    ['24h', '2026-01-30T12:00:00.000Z'], ['2026-01-31', '2026-01-31T00:00:00.000Z'], ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'], ['yesterday', null], ['2026-13-40', null], ['12', null]
  ] as const) t.equal(readTime(text, NOW), at, text)
})
