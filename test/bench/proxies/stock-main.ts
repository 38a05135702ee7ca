// @fastify/http-proxy as its README has it: no options but where to.
import fastify from 'fastify'
import proxy from '@fastify/http-proxy'

const [port, origin, echo] = process.argv.slice(2) as [string, string, string]
const app = fastify()
app.register(proxy, { upstream: echo, prefix: '/echo', websocket: true })
app.register(proxy, { upstream: origin })
await app.listen({ host: '127.0.0.1', port: Number(port) })
