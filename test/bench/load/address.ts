/** The loopback address of the instance with this number, 0–65,535: each tenant has one of its own, as on an engine. */
export function addressOf (instance: number): string {
  return `127.77.${instance >> 8}.${instance & 255}`
}
