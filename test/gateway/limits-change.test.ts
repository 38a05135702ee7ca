// Limits that change in a tenant's route: they hold for the next request, on the connections that are there.
import t from 'tap'
import { waitFor } from '../world/wait-for.ts'
import { inFlight } from './measures.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'

t.test('a change of the limits', async t => {
  const { gateway, publish, ask } = await setScene(t, 'bt-gwlimits')
  const held: Array<() => void> = []
  const sockets = new Set<unknown>()
  const origin = await startOrigin(t, (incoming, answer) => {
    sockets.add(incoming.socket)
    if (incoming.url === '/held') held.push(() => { answer.end('done') })
    else incoming.resume().on('end', () => { answer.end('ok') })
  })
  const route = routeTo(origin.port)
  const host = 'changing.example'
  const release = () => { for (const go of held.splice(0)) go() }
  await publish(host, route)
  await waitFor('the route', async () => (await ask(host)).status === 200)

  await t.test('connections and queue: less, then more, while requests are under way', async t => {
    const first = [ask(host, { path: '/held' }), ask(host, { path: '/held' })]
    await waitFor('both to arrive', () => held.length === 2)
    await publish(host, { ...route, limits: { connections: 1, queue: 1 } })
    let waiting: ReturnType<typeof ask> | undefined
    await waitFor('the new limits', async () => {
      // The old ones would let all of them through at once.
      const answers = [ask(host), ask(host)]
      const soonest = await Promise.race(answers)
      if (soonest.status !== 503) return false
      waiting = Promise.any(answers.map(async answer => {
        const got = await answer
        if (got.status === 503) throw new Error('refused')
        return got
      }))
      return true
    })
    t.equal(held.length, 2, 'what was under way goes on')
    await publish(host, { ...route, limits: { connections: 3, queue: 1 } })
    await waitFor('more of them', async () => (await ask(host)).status === 200)
    t.equal((await waiting as Awaited<ReturnType<typeof ask>>).text, 'ok', 'who waited goes too, though nobody has left')
    release()
    t.strictSame((await Promise.all(first)).map(({ text }) => text), ['done', 'done'])
  })

  await t.test('time-outs, body and rate: on the connection that is there', async t => {
    await publish(host, route)
    await waitFor('the route', async () => (await ask(host)).status === 200)
    sockets.clear()
    await ask(host)
    await publish(host, { ...route, limits: { bodyBytes: 3 } })
    await waitFor('413', async () => (await ask(host, { method: 'POST', body: 'four' })).status === 413)
    t.equal((await ask(host, { method: 'POST', body: 'ton' })).status, 200)
    await publish(host, { ...route, limits: { bodyBytes: 4 } })
    await waitFor('no 413', async () => (await ask(host, { method: 'POST', body: 'four' })).status === 200)
    t.ok(sockets.size <= 2, `${sockets.size} connections in all this`)
    const kept = sockets.size
    await publish(host, { ...route, limits: { responseTimeoutMs: 100, bodyBytes: 5 } })
    await waitFor('the new limits', async () => (await ask(host, { method: 'POST', body: 'five!' })).status === 200)
    t.equal((await ask(host, { path: '/held' })).status, 504)
    t.equal(sockets.size, kept, 'the time-out held for a connection from before it')
    await publish(host, { ...route, limits: { requestsPerSecond: 0.01 } })
    const limited = await waitFor('429', async () => {
      const answer = await ask(host)
      return answer.status === 429 && answer
    })
    t.match(limited.json(), { code: 'rate_limited' })
    await publish(host, route)
    await waitFor('no limit', async () => (await ask(host)).status === 200)
    t.equal((await ask(host)).status, 200)
  })

  release()
  await waitFor('nothing to be under way', async () => await inFlight(gateway) === 0)
  t.notMatch(gateway.output(), /"level":[56]0/)
})
