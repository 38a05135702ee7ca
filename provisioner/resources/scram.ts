import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/** PostgreSQL's default for scram_iterations. */
const ITERATIONS = 4096
const SALT_BYTES = 16
const OURS = new RegExp(`^SCRAM-SHA-256\\$${ITERATIONS}:([A-Za-z0-9+/=]{24})\\$`)
const derive = promisify(pbkdf2)

/**
 * The verifier that PostgreSQL stores for a password (RFC 5803 §3, RFC 7677: SCRAM-SHA-256), so that the password
 * itself never travels in a statement and so never stands in a server's log. The password must be ASCII.
 */
export async function scramVerifier (password: string, salt: Buffer = randomBytes(SALT_BYTES)): Promise<string> {
  const salted = await derive(password, salt, ITERATIONS, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/** Whether a verifier is one that `scramVerifier` makes for the password. One with other parameters is not, whatever its password: they are its writer's choice, and so is what they cost. */
export async function verifies (verifier: string | null, password: string): Promise<boolean> {
  const [, salt] = OURS.exec(verifier ?? '') ?? []
  return salt !== undefined && await scramVerifier(password, Buffer.from(salt, 'base64')) === verifier
}
