/** A connection with more to read. */
export interface Reader {
  /** It is its turn again. */
  readOn: () => void
}

const waiting: Reader[] = []

/**
 * Lets all other connections have their turn before `reader` reads on. By itself libuv reads a socket up to 32 times before it
 * looks at the next one: a tenant that sends as fast as it can would keep everybody waiting for megabytes.
 */
export function awaitTurn (reader: Reader): void {
  if (waiting.push(reader) === 1) setImmediate(nextTurn)
}

function nextTurn (): void {
  for (const reader of waiting.splice(0)) reader.readOn()
}
