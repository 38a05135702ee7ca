import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Addresses that no machine has (RFC 1112 §4, RFC 6666). */
const NOBODYS = { 4: '240.0.0.1', 6: '100::1' } as const

/**
 * Whether an address is one of this machine's, in the network namespace of this process. The kernel is asked, by binding a UDP socket: the list of interfaces leaves
 * out those that are down or have no carrier, such as a bridge without containers, whose addresses answer all the same. Where every address can be
 * bound (`net.ipv4.ip_nonlocal_bind`) there is only the list. Throws when the kernel cannot say.
 */
export async function isOwnAddress (address: string): Promise<boolean> {
  const [plain] = address.split('%') as [string]
  if (Object.values(networkInterfaces()).some(list => list?.some(own => own.address === plain))) return true
  return await canBind(plain) && !await canBind(NOBODYS[isIPv6(plain) ? 6 : 4])
}

async function canBind (address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    socket.bind({ address, port: 0, exclusive: true })
    await once(socket, 'listening')
    return true
  } catch (err) {
    // What is nobody's here, and what this machine speaks not at all. Anything else (no more sockets, say) is no answer.
    if (['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(String((err as NodeJS.ErrnoException).code))) return false
    throw err
  } finally {
    socket.close()
  }
}
