// One process that stands for the instances of many tenants: `node address-origin.ts PORT FIRST COUNT` answers on PORT of so many
// addresses (address.ts) with the address that was asked. On each by itself: what listens on all is open to the network.
import { createServer } from 'node:http'
import { createServer as listenOn } from 'node:net'
import { addressOf } from './address.ts'

const [port, first, count] = process.argv.slice(2).map(Number) as [number, number, number]
const answers = createServer({ keepAliveTimeout: 3_600_000 }, ({ socket }, response) => { response.end(socket.localAddress) })

for (let i = first; i < first + count; i++) {
  await new Promise<void>(resolve => listenOn({ noDelay: true }, socket => { answers.emit('connection', socket) }).listen(port, addressOf(i), resolve))
}
console.log('ready')
